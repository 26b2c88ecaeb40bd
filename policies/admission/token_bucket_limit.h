// A rate limit: a bucket of tokens that fills at a rate; each call takes one.
#pragma once

#include "core/config/admission.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// The bucket is full at the start and holds `burst` tokens at most.
class TokenBucketLimit final : public Admission {
 public:
  explicit TokenBucketLimit(const RateLimitConfig& config) : config_(config), tokens_(config.burst) {}
  FailureKind refusal() const override { return FailureKind::throttled; }
  bool admits(const AdmissionRequest& request, RandomStream& random) override;
  void archive(StateArchive& archive) override;

 private:
  RateLimitConfig config_;
  double tokens_;
  Time filled_{};  // up to when
};

}  // namespace meshtwin
