#include "real/proxy/worker_report.h"

#include <algorithm>
#include <utility>

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

DecisionsReport decisions_of(UpstreamDriver& driver, const std::string& name, const DecisionsAsked& asked) {
  DecisionsReport out;
  out.upstream = name;
  for (const auto& endpoint : driver.endpoints())
    out.endpoint_names.push_back(endpoint ? endpoint->name : "");
  const DecisionLog* log = driver.core().decisions();
  if (log == nullptr) return out;
  out.total = log->total();
  const std::size_t looked_at = asked.request_id.empty() ? std::min(asked.limit, log->size()) : log->size();
  std::vector<CallId> calls;
  for (std::size_t i = 0; i < looked_at; ++i) calls.push_back((*log)[log->size() - 1 - i].of.call);
  std::vector<std::string> ids = driver.request_ids(calls);
  const std::string_view wanted = std::string_view(asked.request_id).substr(0, RequestIds::kBytesMax);
  for (std::size_t i = 0; i < looked_at && out.decisions.size() < asked.limit; ++i) {
    if (!wanted.empty() && ids[i] != wanted) continue;
    out.decisions.push_back((*log)[log->size() - 1 - i]);
    out.request_ids.push_back(std::move(ids[i]));
  }
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

std::vector<DecisionsReport> report_decisions(WorkerState& worker, const DecisionsAsked& asked) {
  std::vector<DecisionsReport> out;
  for (const auto& [name, driver] : worker.upstreams()) {
    if (asked.upstream.empty() || asked.upstream == name) out.push_back(decisions_of(*driver, name, asked));
  }
  return out;
}

}  // namespace meshtwin
