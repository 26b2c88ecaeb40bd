#include "real/proxy/worker_report.h"

#include <algorithm>

#include "real/proxy/upstream_driver.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {
namespace {

UpstreamReport report_of(UpstreamDriver& driver, const std::string& name, Time now) {
  UpstreamReport out;
  out.name = name;
  out.policy_sha256 = driver.config().policy_sha256;
  out.open_calls = driver.core().open_calls();
  out.pending = driver.core().pending();
  if (const Breaker* breaker = driver.core().service_breaker()) {
    out.breaker = breaker->state(now);
    out.breaker_opens_until = breaker->opens_until();
  }
  for (const auto& endpoint : driver.endpoints()) {
    if (!endpoint || !endpoint->is_member) continue;
    out.endpoints.push_back(
        {endpoint->name, endpoint->address.text(), driver.core().endpoint_view(now, endpoint->index)});
  }
  return out;
}

DecisionsReport decisions_of(UpstreamDriver& driver, const std::string& name, std::size_t limit) {
  DecisionsReport out;
  out.upstream = name;
  for (const auto& endpoint : driver.endpoints())
    out.endpoint_names.push_back(endpoint ? endpoint->name : "");
  const DecisionLog* log = driver.core().decisions();
  if (log == nullptr) return out;
  out.total = log->total();
  const std::size_t count = std::min(limit, log->size());
  for (std::size_t i = 0; i < count; ++i) out.decisions.push_back((*log)[log->size() - 1 - i]);
  return out;
}

}  // namespace

WorkerReport report_upstreams(WorkerState& worker) {
  WorkerReport out;
  out.now = worker.loop().now();
  for (const auto& [name, driver] : worker.upstreams())
    out.upstreams.push_back(report_of(*driver, name, out.now));
  return out;
}

std::vector<DecisionsReport> report_decisions(WorkerState& worker, const std::string& upstream,
                                              std::size_t limit) {
  std::vector<DecisionsReport> out;
  for (const auto& [name, driver] : worker.upstreams()) {
    if (upstream.empty() || upstream == name) out.push_back(decisions_of(*driver, name, limit));
  }
  return out;
}

}  // namespace meshtwin
