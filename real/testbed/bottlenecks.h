// Whether a run for real measured the system, or the machine that played it.
#pragma once

#include <string>
#include <vector>

#include "core/time.h"
#include "real/testbed/records.h"

namespace meshtwin {

// A sentence for each sign that the machine set the pace. `p50`: of the latencies.
std::vector<std::string> bottlenecks(const PlayedRun& run, Duration p50);

}  // namespace meshtwin
