#include "real/proxy/status_json.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string_view>

#include <fmt/format.h>

#include "core/upstream/decision_words.h"
#include "real/proxy/config_json.h"

namespace meshtwin {
namespace {

std::string_view name_of(Breaker::State state) {
  constexpr std::array<std::string_view, 3> kNames{"closed", "open", "half_open"};
  return kNames[static_cast<std::size_t>(state)];
}

// To the microsecond.
Json milliseconds_until(Time at, Time now) {
  if (at == kNever) return nullptr;
  return static_cast<double>(std::max<std::int64_t>(0, (at - now).count() / 1000)) / 1000;
}

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string reason_of(const EndpointView& view, const std::string& health_problem) {
  if (view.standing == Standing::unhealthy) {
    return health_problem.empty() ? "health checks fail" : "health checks fail: " + health_problem;
  }
  if (view.outlier.ejected) {
    return fmt::format("outlier detection: {}, {} times the base ejection time", view.outlier.why,
                       view.outlier.multiplier);
  }
  if (view.standing == Standing::ejected) return fmt::format("its breaker is {}", name_of(view.breaker));
  return {};
}

Json view_json(std::size_t worker, const EndpointView& view, Time now, const std::string& health_problem) {
  return {{"worker", worker},
          {"standing", name(view.standing)},
          {"why", or_null(reason_of(view, health_problem))},
          {"breaker", name_of(view.breaker)},
          {"breaker_opens_in_ms", milliseconds_until(view.opens_until, now)},
          {"active", view.active},
          {"score", view.score}};
}

const EndpointMetrics* find_counts(const UpstreamMetrics* counts, const EndpointConfig& endpoint) {
  if (counts == nullptr) return nullptr;
  for (const EndpointMetrics& one : counts->endpoints) {
    if (one.name == endpoint.name && one.address == endpoint.address.text()) return &one;
  }
  return nullptr;
}

Json totals_json(const EndpointMetrics* counts) {
  const EndpointMetrics none;
  const EndpointMetrics& of = counts != nullptr ? *counts : none;
  return {{"attempts", of.upstream_rq_total},
          {"success", of.upstream_rq_success},
          {"error", of.upstream_rq_error},
          {"cancelled", of.upstream_rq_cancelled},
          {"timeout", of.upstream_rq_per_try_timeout},
          {"connections", of.upstream_cx_total},
          {"connections_active", of.upstream_cx_active},
          {"connect_fail", of.upstream_cx_connect_fail}};
}

const UpstreamReport* find_report(const WorkerReport& worker, const std::string& upstream) {
  for (const UpstreamReport& report : worker.upstreams) {
    if (report.name == upstream) return &report;
  }
  return nullptr;
}

const EndpointView* find_view(const UpstreamReport& report, const EndpointConfig& endpoint) {
  for (const EndpointReport& one : report.endpoints) {
    if (one.name == endpoint.name && one.address == endpoint.address.text()) return &one.view;
  }
  return nullptr;
}

// The one standing that all workers agree on, or "mixed".
Json endpoint_json(const EndpointStatus& status, const std::string& health_problem,
                   const std::string& upstream, const std::vector<WorkerReport>& workers,
                   const EndpointMetrics* counts) {
  Json views = Json::array();
  std::string standing;
  std::uint64_t active = 0;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const UpstreamReport* report = find_report(workers[i], upstream);
    const EndpointView* view = report != nullptr ? find_view(*report, status.endpoint) : nullptr;
    if (view == nullptr) continue;
    views.push_back(view_json(i, *view, workers[i].now, health_problem));
    active += view->active;
    const std::string_view own = name(view->standing);
    standing = standing.empty() || standing == own ? std::string(own) : "mixed";
  }
  return {{"name", status.endpoint.name},
          {"address", status.endpoint.address.text()},
          {"weight", status.endpoint.weight},
          {"healthy", status.healthy},
          {"health_problem", or_null(health_problem)},
          {"standing", standing.empty() ? std::string(name(Standing::not_a_member)) : standing},
          {"active", active},
          {"totals", totals_json(counts)},
          {"workers", std::move(views)}};
}

Json calls_json(const std::string& upstream, const std::vector<WorkerReport>& workers,
                const UpstreamMetrics* counts) {
  std::uint64_t active = 0;
  std::uint64_t pending = 0;
  for (const WorkerReport& worker : workers) {
    if (const UpstreamReport* report = find_report(worker, upstream)) {
      active += report->open_calls;
      pending += report->pending;
    }
  }
  Json results = Json::object();
  for (int i = 0; counts != nullptr && i < kFailureKinds; ++i) {
    const std::uint64_t count = counts->call_result[static_cast<std::size_t>(i)];
    const auto kind = static_cast<FailureKind>(i);
    if (count > 0) results[std::string(kind == FailureKind::none ? "ok" : name(kind))] = count;
  }
  return {{"active", active},
          {"pending", pending},
          {"total", counts != nullptr ? counts->call_total : 0},
          {"results", std::move(results)}};
}

// Of the service, by worker; null where the policy has none.
Json breakers_json(const std::string& upstream, const std::vector<WorkerReport>& workers) {
  Json out = nullptr;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const UpstreamReport* report = find_report(workers[i], upstream);
    if (report == nullptr || !report->breaker) continue;
    out.push_back(Json{{"worker", i},
                       {"state", name_of(*report->breaker)},
                       {"opens_in_ms", milliseconds_until(report->breaker_opens_until, workers[i].now)}});
  }
  return out;
}

Json score_json(const std::string& upstream, const std::vector<WorkerReport>& workers) {
  for (const WorkerReport& worker : workers) {
    const UpstreamReport* report = find_report(worker, upstream);
    if (report == nullptr || report->endpoints.empty()) continue;
    const ScoreMeaning& meaning = report->endpoints.front().view.meaning;
    return {{"means", meaning.name}, {"order", name(meaning.order)}};
  }
  return nullptr;
}

std::string name_in(const DecisionsReport& report, EndpointIndex endpoint) {
  return endpoint < report.endpoint_names.size() ? report.endpoint_names[endpoint] : std::to_string(endpoint);
}

void add_trace(const DecisionsReport& report, const Decision& decision, Json& out) {
  const PickTrace& trace = decision.trace;
  out["endpoint"] = trace.winner() ? Json(name_in(report, *trace.winner())) : Json(nullptr);
  out["rule"] = trace.rule();
  out["score"] = {{"means", trace.meaning().name}, {"order", name(trace.meaning().order)}};
  out["margin"] = trace.margin() ? Json(*trace.margin()) : Json(nullptr);
  out["considered"] = trace.considered();
  out["candidates"] = Json::array();
  for (const PickCandidate& candidate : trace.candidates()) {
    out["candidates"].push_back(Json{{"endpoint", name_in(report, candidate.endpoint)},
                                     {"score", candidate.score},
                                     {"excluded", candidate.excluded}});
  }
  out["excluded"] = Json::array();
  for (const EndpointIndex endpoint : decision.excluded())
    out["excluded"].push_back(name_in(report, endpoint));
}

Json decision_json(std::size_t worker, const DecisionsReport& report, std::size_t place,
                   std::int64_t unix_offset_ns) {
  const Decision& decision = report.decisions[place];
  Json out{{"time", utc_text(decision.at.time_since_epoch().count() + unix_offset_ns)},
           {"upstream", report.upstream},
           {"worker", worker},
           {"kind", name(decision.kind)},
           {"request_id", or_null(report.request_ids[place])},
           {"call", fmt::format("{}.{}", decision.of.call.slot, decision.of.call.generation)},
           {"attempt", decision.of.attempt},
           {"hedge", decision.of.hedge}};
  if (decision.kind == Decision::Kind::pick) {
    out["outcome"] = name(decision.pick);
    add_trace(report, decision, out);
  } else if (decision.kind == Decision::Kind::retry) {
    out["outcome"] = name(decision.verdict);
    out["failure"] = name(decision.failure);
  } else {
    out["outcome"] = name(decision.kind);
  }
  return out;
}

}  // namespace

std::string utc_text(std::int64_t unix_ns) {
  const std::time_t seconds = unix_ns / 1'000'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     unix_ns % 1'000'000'000 / 1000);
}

Json upstreams_json(const std::vector<SuppliedUpstream>& upstreams, const std::vector<WorkerReport>& workers,
                    const WorkerMetrics& totals) {
  Json list = Json::array();
  for (const SuppliedUpstream& upstream : upstreams) {
    const std::string& name = upstream.config->name;
    const auto counts = std::find_if(totals.upstreams.begin(), totals.upstreams.end(),
                                     [&](const UpstreamMetrics& other) { return other.name == name; });
    const UpstreamMetrics* own = counts != totals.upstreams.end() ? &*counts : nullptr;
    Json endpoints = Json::array();
    for (std::size_t i = 0; i < upstream.endpoints.size(); ++i) {
      const EndpointStatus& status = upstream.endpoints[i];
      endpoints.push_back(endpoint_json(status, upstream.health_problems[i], name, workers,
                                        find_counts(own, status.endpoint)));
    }
    list.push_back(Json{{"name", name},
                        {"policy_sha256", upstream.config->policy_sha256},
                        {"discovery",
                         {{"kind", discovery_json(*upstream.config).begin().key()},
                          {"update_success", upstream.discovery.update_success},
                          {"update_failure", upstream.discovery.update_failure},
                          {"problem", or_null(upstream.discovery.problem)}}},
                        {"calls", calls_json(name, workers, own)},
                        {"breaker", breakers_json(name, workers)},
                        {"score", score_json(name, workers)},
                        {"endpoints", std::move(endpoints)}});
  }
  return Json{{"upstreams", std::move(list)}};
}

Json decisions_json(const std::vector<std::vector<DecisionsReport>>& workers, std::size_t limit,
                    std::int64_t unix_offset_ns) {
  struct Item {
    std::size_t worker;
    const DecisionsReport* report;
    std::size_t place;
    Time at() const { return report->decisions[place].at; }
  };
  std::vector<Item> all;
  for (std::size_t worker = 0; worker < workers.size(); ++worker) {
    for (const DecisionsReport& report : workers[worker]) {
      for (std::size_t i = 0; i < report.decisions.size(); ++i) all.push_back({worker, &report, i});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Item& a, const Item& b) { return a.at() > b.at(); });
  if (all.size() > limit) all.resize(limit);
  Json list = Json::array();
  for (const Item& item : all)
    list.push_back(decision_json(item.worker, *item.report, item.place, unix_offset_ns));
  return Json{{"decisions", std::move(list)}};
}

}  // namespace meshtwin
