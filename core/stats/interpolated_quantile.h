// Quantiles finer than a bucket of a histogram.
#pragma once

#include "core/stats/histogram.h"

namespace meshtwin {

// In milliseconds. A bucket is up to 0.8% wide; the straight line through it is good to about 1e-5 where the
// density is smooth. Zero for an empty histogram.
inline double interpolated_quantile_ms(const Histogram& histogram, double q) {
  const double rank = q * static_cast<double>(histogram.count());
  double below = 0;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    const auto count = static_cast<double>(bucket.count);
    if (below + count >= rank) {
      return to_milliseconds(bucket.lower) +
             to_milliseconds(bucket.upper - bucket.lower) * (rank - below) / count;
    }
    below += count;
  }
  return to_milliseconds(histogram.max());
}

}  // namespace meshtwin
