// Quantiles and shares finer than a bucket of the simulator's histograms.
#pragma once

#include <vector>

#include "core/results/replication.h"
#include "core/stats/histogram.h"
#include "core/stats/interpolated_quantile.h"
#include "tests/statistical/support.h"

namespace meshtwin::statistical {

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
  return {interpolated_quantile_ms(merged(runs), q), measured(runs, [q](const ServiceTotals& totals) {
            return interpolated_quantile_ms(totals.success_latency, q);
          })};
}

}  // namespace meshtwin::statistical
