// Counts of durations in fixed memory: quantiles to within 0.4%, count, sum, minimum and maximum exact.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace meshtwin {

// A histogram as plain numbers, for files and process boundaries. Empty buckets are left out.
struct HistogramData {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> buckets;  // (index, count), indexes ascending
  std::uint64_t sum_high = 0;                                    // the sum in nanoseconds, as 128 bits
  std::uint64_t sum_low = 0;
  Duration min{0};
  Duration max{0};

  bool operator==(const HistogramData&) const = default;
};

// Log-linear buckets as in HdrHistogram: exact below 256 ns, then 128 equal buckets for each power of two up
// to 2^44 ns (4.9 hours); longer durations count in the last bucket. A reported quantile is a bucket's middle
// and so differs from the exact order statistic by at most 1/256 = 0.39% of it, and not at all below 256 ns;
// in the last bucket only [its lower bound, max] is known. Takes 38 KiB whatever is recorded.
// Merging adds integers, so neither order nor grouping ever changes a result.
class Histogram {
 public:
  // The largest relative error of a reported quantile.
  static constexpr double kRelativeError = 1.0 / 256;

  struct Bucket {
    Duration lower;  // inclusive
    Duration upper;  // exclusive, but for the last bucket, which has no upper end
    std::uint64_t count;
  };

  Histogram() : counts_(kBucketCount) {}

  // Rebuilds a histogram; an error if the numbers can't be those of one.
  static Result<Histogram> from_data(const HistogramData& data);
  HistogramData data() const;

  // Adds `count` durations of `value`, which must not be negative.
  void record(Duration value, std::uint64_t count = 1) {
    assert(value.count() >= 0);
    if (count == 0) return;
    const auto nanoseconds = static_cast<std::uint64_t>(value.count());
    counts_[index_of(nanoseconds)] += count;
    count_ += count;
    sum_ += static_cast<Sum>(nanoseconds) * count;
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  void merge(const Histogram& other);
  void clear();

  // All of these are zero for an empty histogram.
  std::uint64_t count() const { return count_; }
  Duration min() const { return count_ == 0 ? Duration{0} : min_; }
  Duration max() const { return max_; }
  // The exact mean, rounded to the nearest nanosecond.
  Duration mean() const;
  // The duration of rank ceil(q * count) in ascending order, within the error above; q is in [0, 1].
  // Ranks 1 and count give the exact minimum and maximum.
  Duration quantile(double q) const;

  // The buckets that hold something, in ascending order.
  std::vector<Bucket> buckets() const;

 private:
  __extension__ using Sum = unsigned __int128;

  static constexpr int kSubBucketBits = 7;
  static constexpr int kRangeBits = 44;
  static constexpr std::uint64_t kSubBuckets = 1ULL << kSubBucketBits;
  static constexpr std::uint64_t kLargest = (1ULL << kRangeBits) - 1;
  static constexpr std::size_t kBucketCount = (kRangeBits - kSubBucketBits + 1) * kSubBuckets;

  // Twice kSubBuckets values share the shift 0; each shift s > 0 holds those of [2^(s+7), 2^(s+8)).
  static constexpr std::size_t index_of(std::uint64_t nanoseconds) {
    const std::uint64_t value = std::min(nanoseconds, kLargest);
    const int shift = static_cast<int>(std::bit_width(value | kSubBuckets)) - kSubBucketBits - 1;
    return static_cast<std::size_t>(shift) * kSubBuckets + (value >> shift);
  }
  static constexpr int shift_of(std::size_t index) {
    return index < 2 * kSubBuckets ? 0 : static_cast<int>(index / kSubBuckets) - 1;
  }
  static Bucket bounds_of(std::size_t index, std::uint64_t count);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  Sum sum_ = 0;
  Duration min_ = Duration::max();
  Duration max_{0};
};

}  // namespace meshtwin
