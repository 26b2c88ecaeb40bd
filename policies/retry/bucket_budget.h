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
  void on_success(Time) override { add(config_.per_success); }
  bool try_spend(Time) override {
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  void give_back(Time, Time) override { add(1); }
  void archive(StateArchive& archive) override;

 private:
  void add(double tokens) {
    tokens_ = tokens_ + tokens < config_.capacity ? tokens_ + tokens : config_.capacity;
  }

  BucketRetryBudget config_;
  double tokens_;
};

}  // namespace meshtwin
