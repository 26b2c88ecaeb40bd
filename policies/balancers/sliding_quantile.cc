#include "policies/balancers/sliding_quantile.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "core/state_archive.h"

namespace meshtwin {
namespace {

std::size_t rank_of(double q, std::size_t count) {
  return static_cast<std::size_t>(std::max(std::ceil(q * static_cast<double>(count)), 1.0));
}

}  // namespace

SlidingQuantile::SlidingQuantile(double q) : q_(q) {
  assert(q >= 0 && q <= 1);
  latest_.reserve(kWindow);
}

void SlidingQuantile::add(std::uint32_t value) {
  if (latest_.size() < kWindow) {
    latest_.push_back(value);
    rank_ = rank_of(q_, latest_.size());
  } else {
    const std::uint32_t oldest = latest_[next_];
    below_ -= oldest < value_ ? 1 : 0;
    equal_ -= oldest == value_ ? 1 : 0;
    latest_[next_] = value;
    next_ = (next_ + 1) % kWindow;
  }
  count(value);
  while (below_ >= rank_) fall();
  while (below_ + equal_ < rank_) rise();
}

// To the next smaller value that there is.
void SlidingQuantile::fall() {
  std::uint32_t next = 0;
  for (const std::uint32_t v : latest_) next = std::max(next, v < value_ ? v : 0);
  value_ = next;
  recount();
}

void SlidingQuantile::rise() {
  constexpr std::uint32_t kMax = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t next = kMax;
  for (const std::uint32_t v : latest_) next = std::min(next, v > value_ ? v : kMax);
  value_ = next;
  recount();
}

void SlidingQuantile::recount() {
  below_ = equal_ = 0;
  for (const std::uint32_t v : latest_) count(v);
}

void SlidingQuantile::archive(StateArchive& archive) {
  archive.list(latest_, kWindow, [&](std::uint32_t& value) { archive.value(value); });
  archive.value(next_);
  archive.require(next_ == 0 || (latest_.size() == kWindow && next_ < kWindow));
  if (!archive.loading() || archive.failed()) return;
  value_ = 0;
  below_ = equal_ = 0;
  if (latest_.empty()) return;
  rank_ = rank_of(q_, latest_.size());
  std::vector<std::uint32_t> sorted = latest_;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(rank_ - 1), sorted.end());
  value_ = sorted[rank_ - 1];
  recount();
}

}  // namespace meshtwin
