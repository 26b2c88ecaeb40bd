// What `meshtwin fidelity` found, as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "core/results/fidelity.h"

namespace meshtwin {

// Latencies in milliseconds, everything else as shares of one. The paired errors are null without pairs.
nlohmann::ordered_json fidelity_document(const std::vector<ScenarioFidelity>& scenarios,
                                         const FidelityBounds& bounds = {});

}  // namespace meshtwin
