// The yardstick of the simulator's speed: one model, written out by hand with nothing that it doesn't need.
#pragma once

#include <cstdint>

#include "core/stats/histogram.h"
#include "core/time.h"

namespace meshtwin::bench {

struct HandLoopModel {
  std::uint32_t servers = 100;
  double arrivals_per_second = 90'000;
  Duration mean_service = std::chrono::milliseconds(1);
  Duration network = std::chrono::microseconds(250);  // each way
  Duration duration = std::chrono::seconds(40);
  std::uint64_t seed = 1;
};

struct HandLoopResult {
  std::uint64_t requests = 0;
  Histogram latency;
};

// Poisson arrivals, two distinct choices by active requests (ties: the first one drawn), constant network
// latency, first in first out, exponential service. The same work for each request as in the simulator: four
// events in order of time, three random draws, the queue, the histogram.
HandLoopResult run_hand_loop(const HandLoopModel& model);

}  // namespace meshtwin::bench
