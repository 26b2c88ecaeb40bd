#pragma once
// What processes have used so far, as the kernel accounts for it: to the nanosecond, all threads together.
#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace meshtwin::bench {

struct CpuUsage {
  std::int64_t running_ns = 0;
  std::int64_t waiting_ns = 0;  // could have run, but others had the core
};

// Fails when one of them is gone.
CpuUsage cpu_usage(const std::vector<pid_t>& processes);

// Bytes in memory, of all together.
std::int64_t resident_bytes(const std::vector<pid_t>& processes);

}  // namespace meshtwin::bench
