// Flows on a platform at given times, and when they end: SimGrid's engine runs in a child process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/time.h"

namespace meshtwin::testing {

struct ScriptedFlow {
  Duration start{};
  std::string from, to;  // hosts
  std::uint64_t bytes = 0;
  std::optional<Duration> cancel;
};

// When each flow ends, in nanoseconds; kLost for one that fails, kNone for one that is cancelled, or never
// ends. `looks`: instants at which the simulation has an event of its own that starts no flow.
inline constexpr std::int64_t kLost = -1;
inline constexpr std::int64_t kNone = -2;
std::vector<std::int64_t> ends_of(const SimgridNetwork& network, const std::vector<ScriptedFlow>& flows,
                                  const std::vector<Duration>& looks = {});

// One zone "z" with so many hosts; a path from host to host is two links of the bandwidth and half the
// latency.
SimgridNetwork star(std::uint32_t hosts, double bits_per_second, Duration path_latency);

}  // namespace meshtwin::testing
