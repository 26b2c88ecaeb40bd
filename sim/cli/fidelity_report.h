// What `meshtwin fidelity` found, as people read it in a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/results/fidelity.h"
#include "sim/cli/terminal.h"

namespace meshtwin {

// A table of predictions and measurements with verdicts, one of the errors call by call, warnings, and a
// sentence that sums up; in lines of about `width` characters. `calibration_warnings` are about all of it.
std::string fidelity_report(const std::vector<ScenarioFidelity>& scenarios,
                            const std::vector<std::string>& calibration_warnings, const FidelityBounds& bounds,
                            const Paint& paint, std::size_t width);

}  // namespace meshtwin
