#include "core/results/fidelity.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

namespace meshtwin {
namespace {

Prediction within(double predicted, double measured, double bound) {
  return {predicted, measured, std::fabs(predicted - measured) <= bound};
}

// A latency that one world has and the other hasn't is never within any bound.
Prediction latency_within(const LatencyEstimates& predicted, const LatencyEstimates& measured,
                          Estimate LatencyEstimates::*part, double share, double milliseconds) {
  const double value = (measured.*part).value;
  Prediction result = within((predicted.*part).value, value, std::max(share * value, milliseconds));
  result.ok = result.ok && (predicted.samples > 0) == (measured.samples > 0);
  return result;
}

double share_of(const ServiceResult& service, std::size_t endpoint) {
  std::uint64_t all = 0;
  for (const EndpointResult& e : service.endpoints) all += e.attempts;
  if (all == 0 || endpoint >= service.endpoints.size()) return 0;
  return static_cast<double>(service.endpoints[endpoint].attempts) / static_cast<double>(all);
}

void judge_shares(const ServiceResult& predicted, const ServiceResult& measured, double bound,
                  ServiceFidelity& out) {
  const ServiceResult& more =
      predicted.endpoints.size() > measured.endpoints.size() ? predicted : measured;
  for (std::size_t i = 0; i < more.endpoints.size(); ++i) {
    const Prediction share = within(share_of(predicted, i), share_of(measured, i), bound);
    const auto distance = [](const Prediction& p) { return std::fabs(p.predicted - p.measured); };
    if (!out.share_endpoint.empty() && distance(share) <= distance(out.share)) continue;
    out.share = share;
    out.share_endpoint = more.endpoints[i].id;
  }
}

ServiceFidelity judge_service(const ServiceResult& predicted, const ServiceResult& measured,
                              const FidelityBounds& bounds) {
  ServiceFidelity out;
  out.service = measured.name;
  out.policy_sha256 = measured.policy_sha256;
  out.predicted_calls = predicted.requests;
  out.measured_calls = measured.requests;
  const auto latency = [&](Estimate LatencyEstimates::*part, double share, double milliseconds) {
    return latency_within(predicted.latency, measured.latency, part, share, milliseconds);
  };
  out.p50 = latency(&LatencyEstimates::p50, bounds.p50, bounds.p50_ms);
  out.p90 = latency(&LatencyEstimates::p90, 0, 0);
  out.p90.ok = true;
  out.p99 = latency(&LatencyEstimates::p99, bounds.p99, 0);
  out.success_rate = within(predicted.success_rate.value, measured.success_rate.value, bounds.success);
  judge_shares(predicted, measured, bounds.share, out);
  return out;
}

// A value of the sorted `values`, which are some.
double quantile_of(const std::vector<double>& values, double q) {
  return values[static_cast<std::size_t>(std::lround(q * static_cast<double>(values.size() - 1)))];
}

struct Pairing {
  std::vector<double> errors;
  PairedErrors counts;
};

// Adds the pairs of one replication's logs, by the service that the call went to.
void pair_calls(const Scenario& scenario, const CallLog& predicted, const CallLog& measured,
                std::vector<Pairing>& services) {
  const auto place = [](const CallLog::const_iterator& call) { return std::tie(call->client, call->number); };
  auto p = predicted.begin();
  auto m = measured.begin();
  while (p != predicted.end() && m != measured.end()) {
    if (place(p) != place(m)) {
      ++(place(p) < place(m) ? p : m);
      continue;
    }
    const bool counts = p->due >= Time(scenario.warmup) && p->due < Time(scenario.duration);
    if (counts && p->finished && m->finished && p->client < scenario.clients.size()) {
      Pairing& pairing = services[scenario.clients[p->client].service];
      pairing.errors.push_back(to_milliseconds(m->latency - p->latency));
      if (p->failure == m->failure) ++pairing.counts.same_outcome;
      if (p->endpoint == m->endpoint) ++pairing.counts.same_endpoint;
    }
    ++p, ++m;
  }
}

PairedErrors errors_of(Pairing pairing) {
  PairedErrors out = pairing.counts;
  out.pairs = pairing.errors.size();
  if (out.pairs == 0) return out;
  std::sort(pairing.errors.begin(), pairing.errors.end());
  out.p5 = quantile_of(pairing.errors, 0.05);
  out.median = quantile_of(pairing.errors, 0.5);
  out.p95 = quantile_of(pairing.errors, 0.95);
  return out;
}

}  // namespace

bool ScenarioFidelity::ok() const {
  return std::all_of(services.begin(), services.end(), [](const ServiceFidelity& s) { return s.ok(); });
}

ScenarioFidelity judge_fidelity(const Scenario& scenario, const WorldRuns& predicted,
                                const WorldRuns& measured, const FidelityBounds& bounds) {
  ScenarioFidelity out;
  out.scenario = scenario.name;
  out.partial = predicted.result.partial || measured.result.partial;
  std::vector<Pairing> pairings(scenario.services.size());
  for (std::size_t i = 0; i < std::min(predicted.logs.size(), measured.logs.size()); ++i) {
    pair_calls(scenario, predicted.logs[i], measured.logs[i], pairings);
  }
  for (std::size_t i = 0; i < scenario.services.size(); ++i) {
    const ServiceResult& p = predicted.result.services[i];
    const ServiceResult& m = measured.result.services[i];
    if (p.requests == 0 && m.requests == 0) continue;
    out.services.push_back(judge_service(p, m, bounds));
    out.services.back().paired = errors_of(std::move(pairings[i]));
  }
  for (std::size_t i = 0; i < measured.replications.size(); ++i) {
    for (const std::string& warning : measured.replications[i].warnings) {
      out.warnings.push_back(measured.replications.size() == 1
                                 ? warning
                                 : fmt::format("replication {}: {}", i + 1, warning));
    }
  }
  return out;
}

}  // namespace meshtwin
