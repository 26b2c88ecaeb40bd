#include "policies/admission/priority_shedding.h"

#include <algorithm>

#include "core/random/stream.h"
#include "core/state_archive.h"

namespace meshtwin {

void PriorityShedding::move_to(Time now) {
  const std::int64_t window = now.time_since_epoch() / config_.window;
  if (window == window_) return;
  window_ = window;
  move_cursor();
  calls_ = {};
  admitted_ = placed_ = 0;
  wait_ns_ = 0;
}

// Where calls were let in and none of them got a place, all of them wait.
void PriorityShedding::move_cursor() {
  const double longest = static_cast<double>(config_.max_wait.count());
  const bool stuck = admitted_ > 0 && placed_ == 0;
  const bool overloaded = stuck || wait_ns_ > longest * static_cast<double>(placed_);
  double left = static_cast<double>(admitted_);
  if (overloaded) {
    left *= config_.decrease;
    while (cursor_ > 1 && left > 0) left -= calls_[--cursor_];
    return;
  }
  left *= config_.increase;
  do {
    if (cursor_ == kLevels) return;
    left -= calls_[cursor_++];
  } while (left > 0);
}

bool PriorityShedding::admits(const AdmissionRequest& request, RandomStream& random) {
  move_to(request.now);
  const std::uint64_t within = request.key ? mix(*request.key, 0) % kWithin : random.below(kWithin);
  const std::uint32_t urgency = std::min<std::uint32_t>(request.urgency, CallStart::kUrgencies - 1);
  const std::uint32_t level = urgency * kWithin + static_cast<std::uint32_t>(within);
  ++calls_[level];
  if (level >= cursor_) return false;
  ++admitted_;
  return true;
}

bool PriorityShedding::keeps(Time now, Duration waited) {
  move_to(now);
  ++placed_;
  wait_ns_ += static_cast<double>(waited.count());
  return true;
}

void PriorityShedding::archive(StateArchive& archive) {
  archive.value(cursor_);
  archive.require(cursor_ >= 1 && cursor_ <= kLevels);
  archive.value(window_);
  archive.require(window_ >= 0);
  for (std::uint32_t& count : calls_) archive.value(count);
  archive.value(admitted_);
  archive.value(placed_);
  archive.value(wait_ns_);
  archive.require(wait_ns_ >= 0 && wait_ns_ < 1e30);
}

}  // namespace meshtwin
