#include "policies/balancers/sliding_quantile.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/state_archive.h"

namespace meshtwin {

void SlidingQuantile::add(std::uint32_t value) {
  if (ring_.size() < kWindow) {
    ring_.push_back(value);
    sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), value), value);
    return;
  }
  replace(ring_[next_], value);
  ring_[next_] = value;
  next_ = (next_ + 1) % kWindow;
}

void SlidingQuantile::replace(std::uint32_t old, std::uint32_t value) {
  if (value == old) return;
  if (value > old) {
    const auto from = std::upper_bound(sorted_.begin(), sorted_.end(), old);
    const auto to = std::lower_bound(from, sorted_.end(), value);
    *std::move(from, to, from - 1) = value;
  } else {
    const auto to = std::lower_bound(sorted_.begin(), sorted_.end(), old);
    const auto from = std::upper_bound(sorted_.begin(), to, value);
    std::move_backward(from, to, to + 1);
    *from = value;
  }
}

std::uint32_t SlidingQuantile::at(double q) const {
  assert(!empty());
  const double rank = std::ceil(q * static_cast<double>(sorted_.size()));
  return sorted_[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

void SlidingQuantile::archive(StateArchive& archive) {
  archive.list(ring_, kWindow, [&](std::uint32_t& value) { archive.value(value); });
  archive.value(next_);
  archive.require(next_ == 0 || (ring_.size() == kWindow && next_ < kWindow));
  if (!archive.loading()) return;
  sorted_ = ring_;
  std::sort(sorted_.begin(), sorted_.end());
}

}  // namespace meshtwin
