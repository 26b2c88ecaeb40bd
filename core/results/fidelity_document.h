// What `meshtwin fidelity` found, as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/results/fidelity.h"

namespace meshtwin {

// Latencies in milliseconds, everything else as shares of one. The paired errors are null without pairs.
// `calibration_warnings`: why the predictions as a whole can't be trusted.
nlohmann::ordered_json fidelity_document(const std::vector<ScenarioFidelity>& scenarios,
                                         const std::vector<std::string>& calibration_warnings = {},
                                         const FidelityBounds& bounds = {});

}  // namespace meshtwin
