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

bool AdaptiveThrottle::admits(Time now, RandomStream& random) {
  move_to(now);
  // What is accepted late may outlast its request in the window.
  const std::uint64_t accepts = std::min(sum_.accepts, sum_.requests);
  const double rejected = adaptive_throttle_rejection(static_cast<double>(sum_.requests),
                                                      static_cast<double>(accepts), multiplier_);
  ++current().requests;
  ++sum_.requests;
  return rejected == 0 || !random.bernoulli(rejected);
}

void AdaptiveThrottle::on_end(Time now, bool accepted) {
  if (!accepted) return;
  move_to(now);
  ++current().accepts;
  ++sum_.accepts;
}

void AdaptiveThrottle::archive(StateArchive& archive) {
  constexpr std::uint64_t kBound = std::uint64_t{1} << 56;
  archive.value(slice_);
  archive.require(slice_ >= 0);
  sum_ = {};
  for (Counts& counts : slices_) {
    archive.value(counts.requests);
    archive.value(counts.accepts);
    archive.require(counts.requests < kBound && counts.accepts < kBound);
    if (archive.failed()) return;
    sum_.requests += counts.requests;
    sum_.accepts += counts.accepts;
  }
}

}  // namespace meshtwin
