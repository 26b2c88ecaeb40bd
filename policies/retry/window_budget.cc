#include "policies/retry/window_budget.h"

#include <algorithm>

#include "core/state_archive.h"

namespace meshtwin {
namespace {

std::int64_t rounded(double value) { return static_cast<std::int64_t>(value + 0.5); }

}  // namespace

WindowBudget::WindowBudget(const WindowRetryBudget& config)
    : deposit_(rounded(config.ratio * static_cast<double>(kRetry))),
      reserve_(rounded(config.min_per_second * to_seconds(config.ttl) * static_cast<double>(kRetry))),
      slice_length_(std::max(config.ttl / kSlices, Duration(1))) {}

void WindowBudget::move_to(Time now) {
  const std::int64_t current = now.time_since_epoch() / slice_length_;
  const std::int64_t passed = std::min<std::int64_t>(current - slice_, kSlices);
  for (std::int64_t i = 1; i <= passed; ++i) {
    std::int64_t& expired = balances_[static_cast<std::size_t>((current - passed + i) % kSlices)];
    sum_ -= expired;
    expired = 0;
  }
  slice_ = std::max(slice_, current);
}

void WindowBudget::on_request(Time now) {
  move_to(now);
  balances_[static_cast<std::size_t>(slice_ % kSlices)] += deposit_;
  sum_ += deposit_;
}

bool WindowBudget::try_spend(Time now) {
  move_to(now);
  if (reserve_ + sum_ < kRetry) return false;
  balances_[static_cast<std::size_t>(slice_ % kSlices)] -= kRetry;
  sum_ -= kRetry;
  return true;
}

// Into the slice that it came from, so that it can't count for longer than a retry does.
void WindowBudget::give_back(Time now, Time spent) {
  move_to(now);
  const std::int64_t slice = spent.time_since_epoch() / slice_length_;
  if (slice_ - slice >= kSlices) return;
  balances_[static_cast<std::size_t>(slice % kSlices)] += kRetry;
  sum_ += kRetry;
}

void WindowBudget::archive(StateArchive& archive) {
  constexpr std::int64_t kBound = std::int64_t{1} << 56;  // ten of them and a reserve stay within 64 bits
  archive.value(slice_);
  archive.require(slice_ >= 0);
  sum_ = 0;
  for (std::int64_t& balance : balances_) {
    archive.value(balance);
    archive.require(balance >= -kBound && balance <= kBound);
    if (!archive.failed()) sum_ += balance;
  }
}

}  // namespace meshtwin
