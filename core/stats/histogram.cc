#include "core/stats/histogram.h"

#include <cmath>

namespace meshtwin {
namespace {

// The rank of a quantile. Products such as 0.07 * 100 come out a rounding error above the whole number that
// is meant, and the rank must not jump to the next one for that.
std::uint64_t nearest_rank(double q, std::uint64_t count) {
  constexpr double kRoundingSlack = 1 - 1e-14;
  const double rank = std::ceil(q * static_cast<double>(count) * kRoundingSlack);
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, count);
}

}  // namespace

Histogram::Bucket Histogram::bounds_of(std::size_t index, std::uint64_t count) {
  const int shift = shift_of(index);
  const std::uint64_t lower = (index - static_cast<std::size_t>(shift) * kSubBuckets) << shift;
  const std::uint64_t upper = lower + (1ULL << shift);
  return {Duration{static_cast<std::int64_t>(lower)}, Duration{static_cast<std::int64_t>(upper)}, count};
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < kBucketCount; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = 0;
  sum_ = 0;
  min_ = Duration::max();
  max_ = Duration{0};
}

Duration Histogram::mean() const {
  if (count_ == 0) return Duration{0};
  return Duration{static_cast<std::int64_t>((sum_ + count_ / 2) / count_)};
}

Duration Histogram::quantile(double q) const {
  assert(q >= 0 && q <= 1);
  if (count_ == 0) return Duration{0};
  const std::uint64_t rank = nearest_rank(q, count_);
  if (rank == 1) return min_;
  if (rank == count_) return max_;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBucketCount; ++i) {
    seen += counts_[i];
    if (seen < rank) continue;
    const Bucket bucket = bounds_of(i, counts_[i]);
    return std::clamp(bucket.lower + (bucket.upper - bucket.lower) / 2, min_, max_);
  }
  assert(false && "the buckets hold fewer than count()");
  return max_;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (std::size_t i = 0; i < kBucketCount; ++i) {
    if (counts_[i] != 0) filled.push_back(bounds_of(i, counts_[i]));
  }
  return filled;
}

HistogramData Histogram::data() const {
  HistogramData data;
  for (std::size_t i = 0; i < kBucketCount; ++i) {
    if (counts_[i] != 0) data.buckets.emplace_back(static_cast<std::uint32_t>(i), counts_[i]);
  }
  data.sum_high = static_cast<std::uint64_t>(sum_ >> 64);
  data.sum_low = static_cast<std::uint64_t>(sum_);
  data.min = min();
  data.max = max_;
  return data;
}

Result<Histogram> Histogram::from_data(const HistogramData& data) {
  Histogram histogram;
  for (std::size_t i = 0; i < data.buckets.size(); ++i) {
    const auto [index, count] = data.buckets[i];
    const bool ascending = i == 0 || data.buckets[i - 1].first < index;
    if (index >= kBucketCount || count == 0 || !ascending || histogram.count_ + count < count) {
      return Error{"histogram: bucket " + std::to_string(index) + " with count " + std::to_string(count) +
                   " is out of range or out of order"};
    }
    histogram.counts_[index] = count;
    histogram.count_ += count;
  }
  if (data.buckets.empty()) {
    if (data != HistogramData{}) return Error{"histogram: no bucket, but a sum, minimum or maximum"};
    return histogram;
  }
  const bool ordered = data.min.count() >= 0 && data.min <= data.max;
  if (!ordered || index_of(static_cast<std::uint64_t>(data.min.count())) != data.buckets.front().first ||
      index_of(static_cast<std::uint64_t>(data.max.count())) != data.buckets.back().first) {
    return Error{"histogram: the minimum or the maximum lies outside of the outermost buckets"};
  }
  histogram.sum_ = static_cast<Sum>(data.sum_high) << 64 | data.sum_low;
  const Sum count = histogram.count_;
  if (histogram.sum_ < count * static_cast<std::uint64_t>(data.min.count()) ||
      histogram.sum_ > count * static_cast<std::uint64_t>(data.max.count())) {
    return Error{"histogram: the sum doesn't lie between count times minimum and count times maximum"};
  }
  histogram.min_ = data.min;
  histogram.max_ = data.max;
  return histogram;
}

}  // namespace meshtwin
