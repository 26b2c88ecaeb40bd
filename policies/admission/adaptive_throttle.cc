#include "policies/admission/adaptive_throttle.h"

#include <algorithm>

#include "core/models/queueing.h"
#include "core/state_archive.h"

namespace meshtwin {

AdaptiveThrottle::AdaptiveThrottle(const AdaptiveThrottlingConfig& config)
    : multiplier_(config.multiplier), slice_length_(std::max(config.window / kSlices, Duration(1))) {}

void AdaptiveThrottle::move_to(Time now) {
  const std::int64_t current = now.time_since_epoch() / slice_length_;
  const std::int64_t passed = std::min<std::int64_t>(current - slice_, kSlices);
  for (std::int64_t i = 1; i <= passed; ++i) {
    Counts& expired = slices_[static_cast<std::size_t>((current - passed + i) % kSlices)];
    sum_.requests -= expired.requests;
    sum_.accepts -= expired.accepts;
    expired = {};
  }
  slice_ = std::max(slice_, current);
}

void AdaptiveThrottle::count(bool accepted) {
  ++current().requests;
  ++sum_.requests;
  if (!accepted) return;
  ++current().accepts;
  ++sum_.accepts;
}

bool AdaptiveThrottle::admits(const AdmissionRequest& request, RandomStream& random) {
  move_to(request.now);
  const double rejected = adaptive_throttle_rejection(static_cast<double>(sum_.requests),
                                                      static_cast<double>(sum_.accepts), multiplier_);
  if (rejected == 0 || !random.bernoulli(rejected)) return true;
  count(false);
  return false;
}

void AdaptiveThrottle::on_end(Time now, const AdmissionResult& result) {
  if (result.kind == AdmissionResult::Kind::unknown) return;
  move_to(now);
  count(result.kind == AdmissionResult::Kind::accepted);
}

void AdaptiveThrottle::archive(StateArchive& archive) {
  constexpr std::uint64_t kBound = std::uint64_t{1} << 56;
  archive.value(slice_);
  archive.require(slice_ >= 0);
  sum_ = {};
  for (Counts& counts : slices_) {
    archive.value(counts.requests);
    archive.value(counts.accepts);
    archive.require(counts.requests < kBound && counts.accepts <= counts.requests);
    if (archive.failed()) return;
    sum_.requests += counts.requests;
    sum_.accepts += counts.accepts;
  }
}

}  // namespace meshtwin
