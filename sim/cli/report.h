// The results of a scenario as people read them in a terminal.
#pragma once

#include <string>

#include "core/config/scenario.h"
#include "sim/cli/terminal.h"
#include "sim/results/scenario_result.h"

namespace meshtwin {

// Headline, a table of services with 95% margins, endpoints, the latency distribution, failures, expectations
// and warnings.
std::string report(const Scenario& scenario, const ScenarioResult& result, const Paint& paint);

}  // namespace meshtwin
