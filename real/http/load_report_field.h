// Load reports as a header field, in ORCA's text format.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/call/load_report.h"

namespace meshtwin {

// Of responses: `endpoint-load-metrics: TEXT cpu_utilization=0.3, named_metrics.requests_in_flight=2`, as Envoy and
// gRPC have it. The named metrics are ours: requests_in_flight, latency_seconds, service_time_seconds.
inline constexpr std::string_view kLoadReportField = "endpoint-load-metrics";
// Where servers answer GET with a load report and nothing else: what probes ask for.
inline constexpr std::string_view kLoadReportPath = "/.well-known/meshtwin/load";

// None where the value isn't in the text format, or has a number that makes no sense: below 0 or not finite. Metrics
// with other names are passed over; of two with one name the later one counts.
std::optional<LoadReport> parse_load_report(std::string_view value);

// Appends the whole line with its end.
void append_load_report(const LoadReport& report, std::string& out);

}  // namespace meshtwin
