// The result document: results as JSON, the same for simulation and reality.
#pragma once

#include <nlohmann/json.hpp>

#include "core/results/scenario_result.h"

namespace meshtwin {

// Latencies in milliseconds. Intervals without enough data, and percentiles without samples, are null.
nlohmann::ordered_json result_document(const ScenarioResult& result);

}  // namespace meshtwin
