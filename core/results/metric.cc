// Metrics by their paths.
#include <cmath>
#include <limits>

#include "core/results/scenario_result.h"

namespace meshtwin {
namespace {

// Not a number where there is no sample: whatever is expected of it then fails.
std::optional<double> latency_metric(const LatencyEstimates& latency, std::string_view name) {
  if (latency.samples == 0) return std::numeric_limits<double>::quiet_NaN();
  if (name == "mean") return latency.mean.value;
  if (name == "p50") return latency.p50.value;
  if (name == "p90") return latency.p90.value;
  if (name == "p95") return latency.p95.value;
  if (name == "p99") return latency.p99.value;
  if (name == "p999") return latency.p999.value;
  if (name == "max") return latency.max;
  return std::nullopt;
}

}  // namespace

std::optional<double> metric(const ServiceResult& service, std::string_view path) {
  const auto below = [&](std::string_view prefix) -> std::optional<std::string_view> {
    if (!path.starts_with(prefix)) return std::nullopt;
    return path.substr(prefix.size());
  };
  if (path == "requests") return static_cast<double>(service.requests);
  if (path == "successes") return static_cast<double>(service.successes);
  if (path == "attempts") return static_cast<double>(service.attempts);
  if (path == "connections_opened") {
    return service.connections_opened ? static_cast<double>(*service.connections_opened) : std::nan("");
  }
  if (path == "success_rate") return service.success_rate.value;
  if (path == "throughput") return service.throughput.value;
  if (path == "attempts_per_request") return service.attempts_per_request.value;
  if (const auto rest = below("latency.")) return latency_metric(service.latency, *rest);
  if (const auto rest = below("success_latency.")) return latency_metric(service.success_latency, *rest);
  if (path == "shadow.pick_distance") return pick_distance(service.shadow_shares);
  if (const auto rest = below("shadow.")) {
    for (std::size_t i = 0; i < ShadowCounters::kCounts; ++i) {
      if (*rest != ShadowCounters::kNames[i]) continue;
      return service.shadow ? static_cast<double>(service.shadow->counts[i]) : std::nan("");
    }
  }
  if (const auto rest = below("failures.")) {
    for (std::size_t i = 1; i < service.failures.size(); ++i) {
      if (*rest == failure_name(i)) return static_cast<double>(service.failures[i]);
    }
  }
  return std::nullopt;
}

}  // namespace meshtwin
