// Time as the core knows it: integer nanoseconds since the start of a run, handed in by a driver.
#pragma once

#include <chrono>
#include <cstdint>

namespace meshtwin {

using Duration = std::chrono::duration<std::int64_t, std::nano>;

// A clock type without now(): only a driver can tell the time, and it passes it as an argument.
struct DriverClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<DriverClock, duration>;
  static constexpr bool is_steady = true;
};

// A point in time; the epoch is the start of the run (simulator) or of the worker (proxy).
using Time = DriverClock::time_point;

// Later than every instant that occurs; stands for "no deadline".
inline constexpr Time kNever = Time::max();

constexpr double to_seconds(Duration d) { return static_cast<double>(d.count()) / 1e9; }
constexpr double to_milliseconds(Duration d) { return static_cast<double>(d.count()) * 1e-6; }

// Nanoseconds >= 0 as the nearest whole number, halves up; Duration::max() where they are more (or not a
// number).
constexpr Duration rounded_duration(double nanoseconds) {
  constexpr double kAllWhole = 0x1p52;  // no double from here on has a fraction
  if (nanoseconds < kAllWhole) return Duration{static_cast<Duration::rep>(nanoseconds + 0.5)};
  return nanoseconds < 0x1p63 ? Duration{static_cast<Duration::rep>(nanoseconds)} : Duration::max();
}

// `base + delay`, or kNever where the sum would pass the end of time. `delay` must not be negative.
constexpr Time saturating_add(Time base, Duration delay) {
  return delay >= kNever - base ? kNever : base + delay;
}

}  // namespace meshtwin
