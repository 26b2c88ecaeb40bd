#include "real/testbed/cpu_time.h"

#include <time.h>

namespace meshtwin {
namespace {

Duration read_clock(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return Duration::zero();
  return std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec);
}

}  // namespace

Duration thread_cpu_time(pthread_t thread) {
  clockid_t clock{};
  return pthread_getcpuclockid(thread, &clock) == 0 ? read_clock(clock) : Duration::zero();
}

Duration process_cpu_time(pid_t pid) {
  clockid_t clock{};
  return clock_getcpuclockid(pid, &clock) == 0 ? read_clock(clock) : Duration::zero();
}

}  // namespace meshtwin
