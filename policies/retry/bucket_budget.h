// A retry budget as a bucket of tokens that successes fill and retries empty.
#pragma once

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Starts full. With c tokens a success and a share p of failing attempts, attempts per request stay in the
// long run at or below 1 / (1 - c (1 - p)). AWS's clients do this; gRPC's retry throttling (A6) differs:
// there each failure costs a token and retries stop at half of the bucket.
class BucketBudget final : public RetryBudget {
 public:
  explicit BucketBudget(const BucketRetryBudget& config) : config_(config), tokens_(config.capacity) {}
  void on_request(Time) override {}
  void on_success(Time) override {
    tokens_ =
        tokens_ + config_.per_success < config_.capacity ? tokens_ + config_.per_success : config_.capacity;
  }
  bool try_spend(Time) override {
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  BucketRetryBudget config_;
  double tokens_;
};

}  // namespace meshtwin
