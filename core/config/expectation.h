// Expectations as text, `checkout.latency.p99 <= 80ms`, and the metrics that they can name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/scenario.h"
#include "core/result.h"

namespace meshtwin {

// How a metric is given: as a number, as a share from 0 to 1, or as a duration with a unit.
enum class MetricUnit : std::uint8_t { number, share, duration };

struct Metric {
  std::string name;  // below the service's result, e.g. latency.p99, failures.timeout
  MetricUnit unit = MetricUnit::number;
};

// Every metric of a service, in the order of the results: requests, successes, success_rate, throughput,
// attempts, attempts_per_request, failures.KIND (the kinds of FailureKind, and unfinished), connections_opened,
// shadow.COUNT (those of ShadowCounters, over whole runs; not met where they aren't known), shadow.pick_distance (the
// same), latency.* and success_latency.*.
std::vector<Metric> expectation_metrics();

// Reads `SERVICE.METRIC OP VALUE` with OP one of < <= > >= ==. `services` are the names in their order.
// Errors name the part that is wrong, without file and path.
Result<Expectation> parse_expectation(std::string_view text, const std::vector<std::string>& services);

}  // namespace meshtwin
