// What an upstream has counted since it began, for metrics; numbers only grow.
#pragma once

#include <cstdint>

namespace meshtwin {

struct UpstreamCounters {
  std::uint64_t calls = 0;                   // started, those that ended at once included
  std::uint64_t attempts = 0;                // started, retries and hedges included
  std::uint64_t retries = 0;                 // granted
  std::uint64_t retries_refused_budget = 0;  // wanted, and refused by the retry budget
  std::uint64_t retries_refused_limit = 0;   // wanted, and refused by limits.retries
  std::uint64_t hedges = 0;                  // started
  std::uint64_t hedge_wins = 0;              // whose response went to the caller
  std::uint64_t hedges_refused_budget = 0;   // wanted, and refused by the hedges' budget
  std::uint64_t throttled = 0;               // calls that the rate limit let not through
  std::uint64_t shed = 0;                    // calls that other admission controls did not, or that waited for too long
  std::uint64_t rejected_breaker = 0;        // attempts that the service's open breaker let not through
  std::uint64_t rejected_limit = 0;          // calls above limits.requests
  std::uint64_t pending = 0;                 // attempts that had to wait for a connection or for endpoints
  std::uint64_t pending_overflow = 0;        // attempts that would have waited, above limits.pending
  std::uint64_t unavailable = 0;             // attempts for which no endpoint was eligible
  std::uint64_t dropped = 0;                 // attempts that the balancer shed
  std::uint64_t probes = 0;                  // that endpoints were to be sent
};

}  // namespace meshtwin
