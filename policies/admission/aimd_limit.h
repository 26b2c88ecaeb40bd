// A limit of open calls that grows while they do well, and falls when they fail.
#pragma once

#include "core/config/admission.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Additive increase, multiplicative decrease (Chiu, Jain, 1989; Netflix's concurrency-limits has it as AIMDLimit). A
// call that was accepted within `max_latency` adds 1 / limit, where at least half of the limit was in use; one that
// wasn't multiplies the limit by `decrease`, at most once in as long as that call took: those that were under way at a
// fall tell of the time before it.
class AimdLimit final : public Admission {
 public:
  explicit AimdLimit(const AimdLimitConfig& config) : config_(config), limit_(config.initial_limit) {}
  bool admits(const AdmissionRequest& request, RandomStream&) override { return request.open_calls < limit(); }
  void on_end(Time now, const AdmissionResult& result) override;
  void archive(StateArchive& archive) override;

  std::uint32_t limit() const { return static_cast<std::uint32_t>(limit_); }

 private:
  AimdLimitConfig config_;
  double limit_;
  Time fell_at_{};
  bool fell_ = false;
};

}  // namespace meshtwin
