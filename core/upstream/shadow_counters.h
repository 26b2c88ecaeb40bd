// How a shadow policy would have decided otherwise than the one in charge.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace meshtwin {

// Numbers only grow. "Refused": by the shadow alone; "admitted": by the shadow alone, where the one in charge refused.
struct ShadowCounters {
  enum Count : std::size_t {
    picks,                // that both were asked for
    picks_differing,      // with another endpoint
    calls,                // that both judged
    calls_refused,        // limits.requests or admission
    calls_admitted,
    attempts,             // started
    attempts_refused,     // by the service's breaker
    attempts_admitted,    // that the breaker in charge let not through
    attempts_at_ejected,  // at endpoints that the shadow's breaker or outlier detection keeps out
    attempts_pending,     // that limits.connections would have had wait
    retries_refused,      // by limits.retries
    ejections,            // by the shadow's outlier detection
  };
  static constexpr std::size_t kCounts = ejections + 1;
  static constexpr std::array<std::string_view, kCounts> kNames{
      "picks",     "picks_differing",  "calls",             "calls_refused",       "calls_admitted",
      "attempts",  "attempts_refused", "attempts_admitted", "attempts_at_ejected", "attempts_pending",
      "retries_refused", "ejections"};

  std::array<std::uint64_t, kCounts> counts{};
  std::uint64_t& operator[](Count count) { return counts[count]; }
  std::uint64_t operator[](Count count) const { return counts[count]; }
  ShadowCounters& operator+=(const ShadowCounters& other) {
    for (std::size_t i = 0; i < kCounts; ++i) counts[i] += other.counts[i];
    return *this;
  }
};

}  // namespace meshtwin
