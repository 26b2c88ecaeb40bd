#include "policies/admission/latency_sample.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/state_archive.h"

namespace meshtwin {

double LatencySample::percentile(double percent) {
  assert(!latencies_.empty());
  const double rank = std::ceil(percent / 100 * static_cast<double>(latencies_.size()));
  const auto place = latencies_.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(latencies_.begin(), place, latencies_.end());
  return static_cast<double>(*place);
}

void LatencySample::archive(StateArchive& archive) {
  archive.list(latencies_, kMax, [&](std::int64_t& latency) { archive.value(latency); });
}

}  // namespace meshtwin
