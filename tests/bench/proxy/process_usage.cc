#include "tests/bench/proxy/process_usage.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/bench/proxy/sockets.h"

namespace meshtwin::bench {

CpuUsage cpu_usage(const std::vector<pid_t>& processes) {
  CpuUsage sum;
  for (const pid_t process : processes) {
    std::error_code error;
    for (const auto& thread :
         std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task", error)) {
      CpuUsage usage;
      if (std::ifstream(thread.path() / "schedstat") >> usage.running_ns >> usage.waiting_ns) {
        sum.running_ns += usage.running_ns;
        sum.waiting_ns += usage.waiting_ns;
      }
    }
    if (error) fail("the process under test (%d) has ended", process);
  }
  return sum;
}

std::int64_t resident_bytes(const std::vector<pid_t>& processes) {
  std::int64_t sum = 0;
  for (const pid_t process : processes) {
    std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
    std::string word;
    while (file >> word && word != "Rss:") {
    }
    std::int64_t kilobytes = 0;
    if (!(file >> kilobytes)) fail("cannot read the memory of the process under test (%d)", process);
    sum += kilobytes * 1024;
  }
  return sum;
}

}  // namespace meshtwin::bench
