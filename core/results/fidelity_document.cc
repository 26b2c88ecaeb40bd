#include "core/results/fidelity_document.h"

namespace meshtwin {
namespace {

using Json = nlohmann::ordered_json;

Json prediction(const Prediction& p) {
  return {{"predicted", p.predicted}, {"measured", p.measured}, {"ok", p.ok}};
}

Json latency(const Prediction& p) {
  Json result = prediction(p);
  result["relative_error"] = p.relative_error();
  return result;
}

Json paired(const PairedErrors& errors) {
  if (errors.pairs == 0) return nullptr;
  const auto share = [&](std::uint64_t part) { return double(part) / double(errors.pairs); };
  return {{"pairs", errors.pairs},
          {"same_outcome", share(errors.same_outcome)},
          {"same_endpoint", share(errors.same_endpoint)},
          {"error_ms", {{"p5", errors.p5}, {"median", errors.median}, {"p95", errors.p95}}}};
}

Json service(const ServiceFidelity& s) {
  Json share = prediction(s.share);
  share["endpoint"] = s.share_endpoint;
  return {{"policy_sha256", s.policy_sha256},
          {"requests", {{"predicted", s.predicted_calls}, {"measured", s.measured_calls}}},
          {"success_rate", prediction(s.success_rate)},
          {"latency_ms", {{"p50", latency(s.p50)}, {"p90", latency(s.p90)}, {"p99", latency(s.p99)}}},
          {"largest_share_difference", share},
          {"paired", paired(s.paired)},
          {"ok", s.ok()}};
}

}  // namespace

nlohmann::ordered_json fidelity_document(const std::vector<ScenarioFidelity>& scenarios,
                                         const std::vector<std::string>& calibration_warnings,
                                         const FidelityBounds& bounds) {
  Json list = Json::array();
  bool ok = true;
  for (const ScenarioFidelity& scenario : scenarios) {
    Json services = Json::object();
    for (const ServiceFidelity& s : scenario.services) services[s.service] = service(s);
    list.push_back({{"scenario", scenario.scenario},
                    {"ok", scenario.ok()},
                    {"partial", scenario.partial},
                    {"warnings", scenario.warnings},
                    {"services", services}});
    ok = ok && scenario.ok();
  }
  return {{"ok", ok},
          {"bounds",
           {{"p50", bounds.p50},
            {"p50_ms", bounds.p50_ms},
            {"p99", bounds.p99},
            {"share", bounds.share},
            {"success_rate", bounds.success}}},
          {"calibration_warnings", calibration_warnings},
          {"scenarios", list}};
}

}  // namespace meshtwin
