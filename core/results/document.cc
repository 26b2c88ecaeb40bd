#include "core/results/document.h"

#include <cmath>
#include <string>

namespace meshtwin {
namespace {

using Json = nlohmann::ordered_json;

Json interval(const Interval& ci) {
  if (!std::isfinite(ci.low) || !std::isfinite(ci.high)) return nullptr;
  return Json::array({ci.low, ci.high});
}

Json latency_values(const LatencyEstimates& latency) {
  const auto value = [&](double v) { return latency.samples > 0 ? Json(v) : Json(nullptr); };
  return {{"mean", value(latency.mean.value)}, {"p50", value(latency.p50.value)},
          {"p90", value(latency.p90.value)},   {"p95", value(latency.p95.value)},
          {"p99", value(latency.p99.value)},   {"p999", value(latency.p999.value)},
          {"max", value(latency.max)}};
}

Json latency_intervals(const LatencyEstimates& latency) {
  return {{"mean", interval(latency.mean.ci95)}, {"p50", interval(latency.p50.ci95)},
          {"p90", interval(latency.p90.ci95)},   {"p95", interval(latency.p95.ci95)},
          {"p99", interval(latency.p99.ci95)},   {"p999", interval(latency.p999.ci95)}};
}

Json failures(const ServiceResult& service) {
  Json result = Json::object();
  for (std::size_t i = 1; i < service.failures.size(); ++i) {
    result[std::string(failure_name(i))] = service.failures[i];
  }
  return result;
}

Json endpoints(const ServiceResult& service) {
  Json result = Json::array();
  for (const EndpointResult& e : service.endpoints) {
    result.push_back(
        {{"id", e.id}, {"requests", e.attempts}, {"failures", e.failures}, {"utilization", e.utilization}});
  }
  return result;
}

Json shadow_document(const ServiceResult& service) {
  Json result = Json::object();
  for (std::size_t i = 0; i < ShadowCounters::kCounts; ++i) {
    result[std::string(ShadowCounters::kNames[i])] = service.shadow->counts[i];
  }
  if (service.shadow_shares.empty()) return result;
  result["pick_distance"] = pick_distance(service.shadow_shares);
  Json shares = Json::array();
  for (std::size_t i = 0; i < service.shadow_shares.size() && i < service.endpoints.size(); ++i) {
    const PickShare& share = service.shadow_shares[i];
    shares.push_back({{"id", service.endpoints[i].id}, {"picks", share.policy}, {"shadow_picks", share.shadow}});
  }
  result["endpoints"] = std::move(shares);
  return result;
}

Json service_document(const ServiceResult& s) {
  Json result{{"policy_sha256", s.policy_sha256},
          {"requests", s.requests},
          {"successes", s.successes},
          {"failures", failures(s)},
          {"attempts", s.attempts},
          {"success_rate", s.success_rate.value},
          {"success_rate_ci95", interval(s.success_rate.ci95)},
          {"throughput", s.throughput.value},
          {"throughput_ci95", interval(s.throughput.ci95)},
          {"attempts_per_request", s.attempts_per_request.value},
          {"latency_ms", latency_values(s.latency)},
          {"latency_ci95_ms", latency_intervals(s.latency)},
          {"success_latency_ms", latency_values(s.success_latency)},
          {"success_latency_ci95_ms", latency_intervals(s.success_latency)},
          {"endpoints", endpoints(s)}};
  if (s.connections_opened) result["connections_opened"] = *s.connections_opened;
  if (s.shadow) result["shadow"] = shadow_document(s);
  return result;
}

}  // namespace

nlohmann::ordered_json result_document(const ScenarioResult& result) {
  Json expectations = Json::array();
  for (const ExpectationResult& e : result.expectations) {
    expectations.push_back({{"expect", e.text}, {"value", e.value}, {"ok", e.ok}});
  }
  Json services = Json::object();
  for (const ServiceResult& s : result.services) services[s.name] = service_document(s);
  return {{"scenario", result.scenario},
          {"on", result.on},
          {"seed", result.seed},
          {"replications", result.replications},
          {"simulated_seconds", result.simulated_seconds},
          {"events", result.events},
          {"wall_seconds", result.wall_seconds},
          {"partial", result.partial},
          {"warnings", result.warnings},
          {"expectations", expectations},
          {"services", services}};
}

}  // namespace meshtwin
