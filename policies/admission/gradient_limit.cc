#include "policies/admission/gradient_limit.h"

#include <algorithm>
#include <cmath>

#include "core/state_archive.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kWindowsAtMinimum = 5;

}  // namespace

GradientLimit::GradientLimit(const GradientLimitConfig& config) : config_(config), limit_(config.min_limit) {}

bool GradientLimit::admits(const AdmissionRequest& request, RandomStream&) {
  if (request.now >= measure_at_) {
    measuring_ = true;
    measure_at_ = kNever;
    sample_.clear();
  }
  return request.open_calls < limit();
}

void GradientLimit::on_end(Time now, const AdmissionResult& result) {
  if (result.kind != AdmissionResult::Kind::accepted) return;
  if (!measuring_ && now >= window_ends_) end_window(now);
  sample_.add(result.latency);
  if (!measuring_ || sample_.size() < config_.measure_requests) return;
  min_rtt_ns_ = std::max(sample_.percentile(config_.percentile), 1.0);
  measuring_ = false;
  windows_at_minimum_ = 0;
  sample_.clear();
  measure_at_ = saturating_add(now, config_.measure_interval);
  window_ends_ = saturating_add(now, config_.sample_window);
}

void GradientLimit::end_window(Time now) {
  window_ends_ = saturating_add(now, config_.sample_window);
  if (sample_.size() == 0) return;
  const double latency = std::max(sample_.percentile(config_.percentile), 1.0);
  sample_.clear();
  const double gradient = std::clamp(min_rtt_ns_ * (1 + config_.buffer) / latency, 0.5, 2.0);
  const double base = gradient * limit_;
  limit_ = std::clamp(base + std::sqrt(base), static_cast<double>(config_.min_limit),
                      static_cast<double>(config_.max_limit));
  windows_at_minimum_ = limit_ <= config_.min_limit ? windows_at_minimum_ + 1 : 0;
  if (windows_at_minimum_ >= kWindowsAtMinimum) measure_at_ = now;
}

void GradientLimit::archive(StateArchive& archive) {
  archive.value(limit_);
  archive.require(limit_ >= config_.min_limit && limit_ <= config_.max_limit);
  archive.value(measuring_);
  archive.value(min_rtt_ns_);
  archive.require(min_rtt_ns_ >= 0 && min_rtt_ns_ < 1e19 && (measuring_ || min_rtt_ns_ >= 1));
  archive.value(measure_at_);
  archive.value(window_ends_);
  archive.value(windows_at_minimum_);
  sample_.archive(archive);
}

}  // namespace meshtwin
