// Distributions of durations as files write them.
#pragma once

#include "core/config/reader.h"
#include "core/config/scenario_document.h"
#include "core/random/distributions.h"

namespace meshtwin {

// "10ms" (constant) or {"dist": "exponential", "mean": "10ms"} and so on; see scenario.schema.json. A
// quantile table may be a file, which `files` loads.
Distribution read_distribution(const Value& value, const ScenarioFiles& files);

// A bare table of quantiles, [[0, "1ms"], [0.5, "2ms"], [1, "9ms"]].
Distribution read_quantiles(const Value& value);

}  // namespace meshtwin
