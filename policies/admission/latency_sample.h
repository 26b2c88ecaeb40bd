// Latencies of a short time, and a percentile of them.
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"

namespace meshtwin {

class StateArchive;

// The first kMax ones after each clear().
class LatencySample {
 public:
  static constexpr std::size_t kMax = 4096;

  void add(Duration latency) {
    if (latencies_.size() < kMax) latencies_.push_back(latency.count());
  }
  void clear() { latencies_.clear(); }
  std::size_t size() const { return latencies_.size(); }
  // In nanoseconds; of at least one. Changes their order alone.
  double percentile(double percent);
  void archive(StateArchive& archive);

 private:
  std::vector<std::int64_t> latencies_;
};

}  // namespace meshtwin
