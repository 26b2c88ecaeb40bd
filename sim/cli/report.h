// The results of a scenario as people read them in a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "core/config/scenario.h"
#include "core/results/scenario_result.h"
#include "sim/cli/terminal.h"

namespace meshtwin {

// Headline, a table of services with 95% margins, failures, latency distributions, endpoints, expectations
// and warnings, in lines of about `width` characters.
std::string report(const Scenario& scenario, const ScenarioResult& result, const Paint& paint,
                   std::size_t width);

}  // namespace meshtwin
