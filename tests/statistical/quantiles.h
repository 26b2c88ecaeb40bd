// Quantiles and shares finer than a bucket of the simulator's histograms.
#pragma once

#include <vector>

#include "core/results/replication.h"
#include "core/stats/histogram.h"
#include "tests/statistical/support.h"

namespace meshtwin::statistical {

// In milliseconds. A bucket is up to 0.8% wide, which a test of 1% would see; the straight line through it is
// good to about 1e-5 where the density is smooth.
inline double interpolated_quantile(const Histogram& histogram, double q) {
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

// The share of durations beyond `limit`.
inline double share_beyond(const Histogram& histogram, double limit) {
  double beyond = 0;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    const double lower = to_milliseconds(bucket.lower);
    const double upper = to_milliseconds(bucket.upper);
    beyond += static_cast<double>(bucket.count) * std::clamp((upper - limit) / (upper - lower), 0.0, 1.0);
  }
  return beyond / static_cast<double>(histogram.count());
}

inline Histogram merged(const std::vector<Replication>& runs) {
  Histogram all;
  for (const Replication& run : runs) all.merge(run.services[0].success_latency);
  return all;
}

// A quantile of few data is biased: the overall one is of all replications together.
inline Estimate quantile_of(const std::vector<Replication>& runs, double q) {
  return {interpolated_quantile(merged(runs), q), measured(runs, [q](const ServiceTotals& totals) {
            return interpolated_quantile(totals.success_latency, q);
          })};
}

}  // namespace meshtwin::statistical
