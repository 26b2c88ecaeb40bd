#include "policies/hedging/percentile_delay.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/state_archive.h"

namespace meshtwin {
namespace {

constexpr Duration kHalf = std::chrono::seconds(5);

}  // namespace

std::size_t PercentileDelay::bucket_of(Duration latency) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
  const int width = static_cast<int>(std::bit_width(value | ((1u << kSubBits) - 1)));
  const int shift = width - kSubBits;
  const auto within = static_cast<std::size_t>((value >> shift) & ((1u << kSubBits) - 1));
  return (static_cast<std::size_t>(shift) << kSubBits) + within;
}

Duration PercentileDelay::end_of(std::size_t bucket) {
  const std::size_t shift = bucket >> kSubBits;
  const std::uint64_t within = bucket & ((1u << kSubBits) - 1);
  if (shift == 0) return Duration(static_cast<std::int64_t>(within + 1));
  return Duration(static_cast<std::int64_t>((within + 1) << shift));
}

void PercentileDelay::move_to(Time now) {
  const std::int64_t half = now.time_since_epoch() / kHalf;
  if (half == half_) return;
  const bool next = half == half_ + 1;
  half_ = half;
  old_ = next ? young_ : Counts{};
  old_count_ = next ? young_count_ : 0;
  young_ = {};
  young_count_ = 0;
  measure();
}

void PercentileDelay::on_result(Time now, const AttemptResult& result) {
  move_to(now);
  if (result.verdict != Verdict::success && (delay_ == kUnknown || result.latency < delay_)) return;
  ++young_[bucket_of(result.latency)];
  ++young_count_;
  if (--until_measured_ == 0) measure();
}

Duration PercentileDelay::delay(Time now) {
  move_to(now);
  return delay_;
}

// From above, since few are there. After a thirty-second part of so many again, so that its cost is small beside
// theirs.
void PercentileDelay::measure() {
  const std::uint64_t count = young_count_ + old_count_;
  until_measured_ = count < kFewest ? kFewest - count : std::max<std::uint64_t>(count / 32, 1);
  delay_ = kUnknown;
  if (count < kFewest) return;
  const double above_most = share_above_ * static_cast<double>(count);
  std::uint64_t above = 0;
  std::size_t bucket = kBuckets;
  while (bucket > 0) {
    const std::uint64_t next = above + young_[bucket - 1] + old_[bucket - 1];
    if (static_cast<double>(next) > above_most) break;
    above = next;
    --bucket;
  }
  if (bucket > 0) delay_ = end_of(bucket - 1);
}

void PercentileDelay::archive(StateArchive& archive) {
  archive.value(half_);
  archive.require(half_ >= 0);
  archive.value(until_measured_);
  archive.require(until_measured_ > 0);
  std::int64_t delay = delay_.count();
  archive.value(delay);
  archive.require(delay > 0);
  delay_ = Duration(delay);
  for (auto [counts, sum] : {std::pair(&young_, &young_count_), std::pair(&old_, &old_count_)}) {
    *sum = 0;
    for (std::uint32_t& count : *counts) {
      archive.value(count);
      *sum += count;
    }
  }
}

}  // namespace meshtwin
