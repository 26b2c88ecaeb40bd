// Waits between the attempts of a call.
#pragma once

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Exponential backoff with a cap: before retry n at most min(max, base * 2^(n-1)), and with full jitter
// uniformly in [0, that), so that clients that failed together don't come back together (Brooker,
// "Exponential Backoff And Jitter", 2015). Envoy's is uniform in [0, base * (2^n - 1)), capped.
class ExponentialBackoffPolicy final : public Backoff {
 public:
  explicit ExponentialBackoffPolicy(const ExponentialBackoff& config) : config_(config) {}
  Duration delay(std::uint32_t number, RandomStream& random) const override;

 private:
  ExponentialBackoff config_;
};

}  // namespace meshtwin
