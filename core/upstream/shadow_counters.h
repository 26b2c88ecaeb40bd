// How a shadow policy would have decided otherwise than the one in charge.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace meshtwin {

// Numbers only grow. "Refused": by the shadow alone; "admitted": by the shadow alone, where the one in charge refused.
struct ShadowCounters {
  enum Count : std::size_t {
    picks,                // that both were asked for
    picks_differing,      // with another endpoint
    calls,                // that both judged
    calls_refused,        // limits.requests or admission
    calls_admitted,
    calls_shed,           // whose wait for a place it would have ended, where the one in charge let them go on
    calls_kept,           // that it would have given their place, where the one in charge ended their wait
    attempts,             // started
    attempts_refused,     // by the service's breaker
    attempts_admitted,    // that the breaker in charge let not through
    attempts_at_ejected,  // at endpoints that the shadow's breaker or outlier detection keeps out
    attempts_pending,     // that limits.connections would have had wait, calls that wait for a first place included
    attempts_overflow,    // that limits.pending would not even have let wait
    retries_refused,      // by limits.retries
    ejections,            // by the shadow's outlier detection
    probes,               // that endpoints were sent for the shadow
  };
  static constexpr std::size_t kCounts = probes + 1;
  static constexpr std::array<std::string_view, kCounts> kNames{
      "picks",             "picks_differing",   "calls",               "calls_refused",
      "calls_admitted",    "calls_shed",        "calls_kept",          "attempts",
      "attempts_refused",  "attempts_admitted", "attempts_at_ejected", "attempts_pending",
      "attempts_overflow", "retries_refused",   "ejections",           "probes"};

  std::array<std::uint64_t, kCounts> counts{};
  std::uint64_t& operator[](Count count) { return counts[count]; }
  std::uint64_t operator[](Count count) const { return counts[count]; }
  ShadowCounters& operator+=(const ShadowCounters& other) {
    for (std::size_t i = 0; i < kCounts; ++i) counts[i] += other.counts[i];
    return *this;
  }
};

// Of the picks that both were asked for, those that went to one endpoint.
struct PickShare {
  std::uint64_t policy = 0;  // of the one in charge
  std::uint64_t shadow = 0;
};

// Adds up by endpoint.
inline void add_shares(const std::vector<PickShare>& from, std::vector<PickShare>& to) {
  if (to.size() < from.size()) to.resize(from.size());
  for (std::size_t e = 0; e < from.size(); ++e) {
    to[e].policy += from[e].policy;
    to[e].shadow += from[e].shadow;
  }
}

// The total variation distance of the two distributions: the share of the picks, 0 to 1, that would have to go elsewhere
// to make one of the other. Two that are alike and draw at random are about sqrt(endpoints / (pi * picks)) apart by
// chance. NaN where one of them picked nothing.
inline double pick_distance(std::span<const PickShare> shares) {
  double policy = 0;
  double shadow = 0;
  for (const PickShare& share : shares) {
    policy += static_cast<double>(share.policy);
    shadow += static_cast<double>(share.shadow);
  }
  if (policy == 0 || shadow == 0) return std::nan("");
  double sum = 0;
  for (const PickShare& share : shares) {
    sum += std::fabs(static_cast<double>(share.policy) / policy - static_cast<double>(share.shadow) / shadow);
  }
  return sum / 2;
}

}  // namespace meshtwin
