// Latencies that were recorded for real, which published comparisons drew from.
#pragma once

#include <string_view>

namespace meshtwin {

// scenarios/data/recorded_latencies.csv, a table of quantiles; the build makes the definition.
std::string_view embedded_recorded_latencies();

}  // namespace meshtwin
