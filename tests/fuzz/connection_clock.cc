#include "tests/fuzz/connection_clock.h"

#include <time.h>

#include <cstdint>

namespace {

constexpr std::int64_t kStart = 1'000'000'000'000;
std::int64_t clock_ns = kStart;

}  // namespace

// The linker leads all calls of clock_gettime here (--wrap), but for those in shared libraries, such as
// std::chrono's.
extern "C" int __real_clock_gettime(clockid_t clock, timespec* now);
extern "C" int __wrap_clock_gettime(clockid_t clock, timespec* now);

int __wrap_clock_gettime(clockid_t clock, timespec* now) {
  if (clock != CLOCK_MONOTONIC) return __real_clock_gettime(clock, now);
  now->tv_sec = clock_ns / 1'000'000'000;
  now->tv_nsec = clock_ns % 1'000'000'000;
  return 0;
}

namespace meshtwin {

void reset_clock() { clock_ns = kStart; }
void advance_clock(Duration by) { clock_ns += by.count(); }

}  // namespace meshtwin
