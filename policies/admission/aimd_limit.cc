#include "policies/admission/aimd_limit.h"

#include <algorithm>

#include "core/state_archive.h"

namespace meshtwin {

void AimdLimit::on_end(Time now, const AdmissionResult& result) {
  if (result.kind == AdmissionResult::Kind::unknown) return;
  const bool late = config_.max_latency && result.latency > *config_.max_latency;
  if (result.kind == AdmissionResult::Kind::accepted && !late) {
    const bool in_use = 2.0 * result.open_calls >= limit_;
    if (in_use) limit_ = std::min(limit_ + 1 / limit_, static_cast<double>(config_.max_limit));
    return;
  }
  if (fell_ && now - result.latency < fell_at_) return;
  limit_ = std::max(limit_ * config_.decrease, static_cast<double>(config_.min_limit));
  fell_ = true;
  fell_at_ = now;
}

void AimdLimit::archive(StateArchive& archive) {
  archive.value(limit_);
  archive.require(limit_ >= config_.min_limit && limit_ <= config_.max_limit);
  archive.value(fell_);
  archive.value(fell_at_);
  archive.require(fell_at_ != kNever);
}

}  // namespace meshtwin
