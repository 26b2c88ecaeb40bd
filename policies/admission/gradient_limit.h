// A limit of open calls that follows from their latency: as many as raise it little above the least one.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/admission.h"
#include "core/upstream/policy_interfaces.h"
#include "policies/admission/latency_sample.h"

namespace meshtwin {

// Envoy's adaptive concurrency, gradient controller. At the end of each sample window
//   gradient = min_rtt * (1 + buffer) / sampled latency, within [0.5, 2]
//   limit = gradient * limit + sqrt(gradient * limit), within [min_limit, max_limit]
// where latencies are a percentile of those of calls that were accepted. The least one, min_rtt, is measured at first
// and every `measure_interval`, and at once when the limit has been at its minimum for five windows: over
// `measure_requests` calls, during which the limit is min_limit. That is the floor that Envoy's default of 3 lacks: a
// measurement sheds no more than a limit of min_limit does.
class GradientLimit final : public Admission {
 public:
  explicit GradientLimit(const GradientLimitConfig& config);
  bool admits(const AdmissionRequest& request, RandomStream& random) override;
  void on_end(Time now, const AdmissionResult& result) override;
  void archive(StateArchive& archive) override;

  std::uint32_t limit() const { return measuring_ ? config_.min_limit : static_cast<std::uint32_t>(limit_); }

 private:
  void end_window(Time now);

  GradientLimitConfig config_;
  double limit_;
  bool measuring_ = true;
  double min_rtt_ns_ = 0;
  Time measure_at_ = kNever;  // next
  Time window_ends_ = kNever;
  std::uint32_t windows_at_minimum_ = 0;
  LatencySample sample_;
};

}  // namespace meshtwin
