// Time series and histograms of results as JSON and CSV, for plots and notebooks.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/results/replication.h"
#include "core/results/scenario_result.h"

namespace meshtwin {

// One row for each replication, service and slice of time: offered and finished calls a second, success rate
// and latencies (milliseconds) of the calls that ended in the slice, mean calls in flight. Seconds from the
// start of the run; the warm-up is part of it.
std::string series_csv(const ScenarioResult& result, const std::vector<Replication>& replications);
// The same, and the attempts begun at each endpoint.
nlohmann::ordered_json series_document(const ScenarioResult& result,
                                       const std::vector<Replication>& replications);
// One row for each replication, slice and endpoint: attempts begun a second.
std::string endpoints_csv(const ScenarioResult& result, const std::vector<Replication>& replications);

// The latencies of all calls that count, bucket by bucket: [lower, upper) in milliseconds, and how many.
std::string histogram_csv(const ScenarioResult& result);
nlohmann::ordered_json histogram_document(const ScenarioResult& result);

}  // namespace meshtwin
