#include "policies/admission/codel.h"

#include <algorithm>
#include <cmath>

#include "core/state_archive.h"

namespace meshtwin {

bool CoDel::is_too_long(Time now, Duration waited) {
  if (waited < config_.target) {
    above_since_end_ = kNever;
    return false;
  }
  if (above_since_end_ == kNever) {
    above_since_end_ = saturating_add(now, config_.interval);
    return false;
  }
  return now >= above_since_end_;
}

Time CoDel::after(Time from) const {
  const double wait = static_cast<double>(config_.interval.count()) / std::sqrt(static_cast<double>(count_));
  return saturating_add(from, Duration(static_cast<std::int64_t>(wait)));
}

bool CoDel::keeps(Time now, Duration waited) {
  const bool too_long = is_too_long(now, waited);
  if (dropping_) {
    if (!too_long) {
      dropping_ = false;
      return true;
    }
    if (now < drop_next_) return true;
    ++count_;
    drop_next_ = after(drop_next_);
    return false;
  }
  if (!too_long) return true;
  dropping_ = true;
  const std::uint32_t since_then = count_ - last_count_;
  const bool recent = now < saturating_add(drop_next_, 16 * config_.interval);
  count_ = since_then > 1 && recent ? since_then : 1;
  last_count_ = count_;
  drop_next_ = after(now);
  return false;
}

void CoDel::archive(StateArchive& archive) {
  archive.value(above_since_end_);
  archive.value(dropping_);
  archive.value(drop_next_);
  archive.value(count_);
  archive.value(last_count_);
  archive.require(last_count_ <= count_ && (!dropping_ || count_ > 0));
}

}  // namespace meshtwin
