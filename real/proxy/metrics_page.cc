#include "real/proxy/metrics_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/version.h"
#include "real/proxy/prometheus_text.h"

namespace meshtwin {
namespace {

using Type = PrometheusText::Type;

// One number of T under its name in the text.
template <class T>
struct Count {
  std::string_view name;
  Type type;
  std::string_view help;
  std::uint64_t T::*member;
};

using L = ListenerMetrics;
constexpr std::array<Count<L>, 17> kListenerCounts{{
    {"downstream_cx_total", Type::counter, "Connections accepted.", &L::downstream_cx_total},
    {"downstream_cx_active", Type::gauge, "Connections open now.", &L::downstream_cx_active},
    {"downstream_cx_protocol_error_total", Type::counter, "Connections closed for what the client sent.",
     &L::downstream_cx_protocol_error},
    {"downstream_cx_idle_timeout_total", Type::counter, "Connections closed for idleness.",
     &L::downstream_cx_idle_timeout},
    {"downstream_cx_overflow_total", Type::counter,
     "Times that connections_max or descriptors stopped accepting.", &L::downstream_cx_overflow},
    {"downstream_cx_rx_bytes_total", Type::counter, "Bytes from clients.", &L::downstream_cx_rx_bytes},
    {"downstream_cx_tx_bytes_total", Type::counter, "Bytes to clients.", &L::downstream_cx_tx_bytes},
    {"downstream_cx_upgrades_total", Type::counter, "Connections handed over by Upgrade.",
     &L::downstream_cx_upgrades},
    {"downstream_rq_total", Type::counter, "Requests whose head came whole.", &L::downstream_rq_total},
    {"downstream_rq_active", Type::gauge, "Requests not answered in full yet.", &L::downstream_rq_active},
    {"downstream_rq_completed_total", Type::counter, "Requests answered in full.",
     &L::downstream_rq_completed},
    {"downstream_rq_rx_reset_total", Type::counter,
     "Requests whose client went away before the answer's end.", &L::downstream_rq_rx_reset},
    {"downstream_rq_tx_reset_total", Type::counter, "Requests whose answer was broken off.",
     &L::downstream_rq_tx_reset},
    {"downstream_rq_header_timeout_total", Type::counter, "Requests whose head took too long.",
     &L::downstream_rq_header_timeout},
    {"downstream_rq_timeout_total", Type::counter, "Requests whose body took too long.",
     &L::downstream_rq_timeout},
    {"downstream_rq_too_large_total", Type::counter, "Requests with a head beyond head_bytes_max.",
     &L::downstream_rq_too_large},
    {"no_route_total", Type::counter, "Requests that fitted no route.", &L::no_route},
}};

using U = UpstreamMetrics;
constexpr std::array<Count<U>, 21> kUpstreamCounts{{
    {"upstream_call_total", Type::counter,
     "Calls begun: a request each, whatever the number of its attempts.", &U::call_total},
    {"upstream_call_active", Type::gauge, "Calls not finished yet.", &U::call_active},
    {"upstream_rq_retry_total", Type::counter, "Retries started.", &U::upstream_rq_retry},
    {"upstream_rq_retry_success_total", Type::counter, "Calls that ended well after a retry.",
     &U::upstream_rq_retry_success},
    {"upstream_rq_retry_overflow_total", Type::counter, "Retries refused by limits.retries or the budget.",
     &U::upstream_rq_retry_overflow},
    {"upstream_rq_retry_limit_exceeded_total", Type::counter, "Calls that failed with their last attempt.",
     &U::upstream_rq_retry_limit_exceeded},
    {"upstream_rq_retry_body_overflow_total", Type::counter,
     "Calls that failed and had a body too large to be repeated.", &U::upstream_rq_retry_body_overflow},
    {"upstream_rq_hedge_total", Type::counter, "Hedges started.", &U::upstream_rq_hedge},
    {"upstream_rq_hedge_overflow_total", Type::counter, "Hedges refused by their budget.",
     &U::upstream_rq_hedge_overflow},
    {"load_probe_total", Type::counter, "Probes for load that the policy or its shadow asked for.", &U::load_probe_total},
    {"load_probe_answered_total", Type::counter, "Probes that were answered in time.", &U::load_probe_answered},
    {"load_probe_failed_total", Type::counter, "Probes without an answer in time, or a connection.",
     &U::load_probe_failed},
    {"upstream_rq_timeout_total", Type::counter, "Calls whose deadline passed.", &U::upstream_rq_timeout},
    {"upstream_rq_pending_total", Type::counter, "Attempts that had to wait for a connection.",
     &U::upstream_rq_pending_total},
    {"upstream_rq_pending_active", Type::gauge, "Attempts that wait for a connection now.",
     &U::upstream_rq_pending_active},
    {"upstream_rq_pending_overflow_total", Type::counter, "Calls rejected by a limit.",
     &U::upstream_rq_pending_overflow},
    {"upstream_rq_breaker_rejected_total", Type::counter, "Calls rejected by an open breaker.",
     &U::upstream_rq_breaker_rejected},
    {"outlier_detection_ejections_enforced_total", Type::counter, "Endpoints that outlier detection took out.",
     &U::outlier_ejections},
    {"outlier_detection_ejections_overflow_total", Type::counter,
     "Outliers that stayed, since as many were out as may be, or by chance.", &U::outlier_ejections_overflow},
    {"outlier_detection_ejections_active", Type::gauge, "Endpoints that are out, summed over the workers.",
     &U::outlier_ejections_active},
    {"breaker_open", Type::gauge, "Workers whose breaker for the service is open.", &U::breaker_open},
}};

using E = EndpointMetrics;
constexpr std::array<Count<E>, 17> kEndpointCounts{{
    {"upstream_cx_total", Type::counter, "Connections begun.", &E::upstream_cx_total},
    {"upstream_cx_active", Type::gauge, "Connections open, or being opened.", &E::upstream_cx_active},
    {"upstream_cx_connect_fail_total", Type::counter, "Connections refused, unreachable or too late.",
     &E::upstream_cx_connect_fail},
    {"upstream_cx_connect_timeout_total", Type::counter, "Connections not made within connect_timeout.",
     &E::upstream_cx_connect_timeout},
    {"upstream_cx_local_fail_total", Type::counter,
     "Connections not begun because the proxy had no descriptor, port or memory for them.",
     &E::upstream_cx_local_fail},
    {"upstream_cx_idle_timeout_total", Type::counter, "Unused connections closed after idle_timeout.",
     &E::upstream_cx_idle_timeout},
    {"upstream_cx_destroy_with_active_rq_total", Type::counter,
     "Connections that broke with a request on them.", &E::upstream_cx_destroy_with_active_rq},
    {"upstream_cx_stale_total", Type::counter,
     "Pooled connections that were dead when a request was sent, which then took another one.",
     &E::upstream_cx_stale},
    {"upstream_cx_protocol_error_total", Type::counter, "Connections closed for what the endpoint sent.",
     &E::upstream_cx_protocol_error},
    {"upstream_cx_rx_bytes_total", Type::counter, "Bytes from endpoints.", &E::upstream_cx_rx_bytes},
    {"upstream_cx_tx_bytes_total", Type::counter, "Bytes to endpoints.", &E::upstream_cx_tx_bytes},
    {"upstream_rq_total", Type::counter, "Attempts: requests to an endpoint, retries and hedges included.",
     &E::upstream_rq_total},
    {"upstream_rq_active", Type::gauge, "Attempts under way.", &E::upstream_rq_active},
    {"upstream_rq_success_total", Type::counter, "Attempts that ended well.", &E::upstream_rq_success},
    {"upstream_rq_error_total", Type::counter, "Attempts that failed.", &E::upstream_rq_error},
    {"upstream_rq_cancelled_total", Type::counter, "Attempts called off, or never sent for want of a descriptor or port.",
     &E::upstream_rq_cancelled},
    {"upstream_rq_per_try_timeout_total", Type::counter, "Attempts whose time was up.",
     &E::upstream_rq_per_try_timeout},
}};

template <class T, std::size_t N>
void add_counts(const std::array<Count<T>, N>& counts, const T& from, T& to) {
  for (const Count<T>& count : counts) to.*count.member += from.*count.member;
}

void add(const StatusClasses& from, StatusClasses& to) {
  for (std::size_t i = 0; i < from.counts.size(); ++i) to.counts[i] += from.counts[i];
}

void add(const E& from, E& to) {
  add_counts(kEndpointCounts, from, to);
  add(from.upstream_rq_xx, to.upstream_rq_xx);
  to.upstream_rq_time_ns += from.upstream_rq_time_ns;
  to.shadow_picks.policy += from.shadow_picks.policy;
  to.shadow_picks.shadow += from.shadow_picks.shadow;
}

void add(const U& from, U& to) {
  add_counts(kUpstreamCounts, from, to);
  for (std::size_t i = 0; i < from.call_result.size(); ++i) to.call_result[i] += from.call_result[i];
  to.upstream_rq_time.merge(from.upstream_rq_time);
  to.shadow += from.shadow;
  for (const E& endpoint : from.endpoints) {
    const auto same = std::find_if(to.endpoints.begin(), to.endpoints.end(), [&](const E& other) {
      return other.name == endpoint.name && other.address == endpoint.address;
    });
    if (same != to.endpoints.end()) {
      add(endpoint, *same);
    } else {
      to.endpoints.push_back(endpoint);
    }
  }
}

void add(const L& from, L& to) {
  add_counts(kListenerCounts, from, to);
  add(from.downstream_rq_xx, to.downstream_rq_xx);
  to.downstream_rq_time.merge(from.downstream_rq_time);
}

// Something of the metrics with its labels.
template <class T>
struct Row {
  Labels labels;
  const T* counts;
};

template <class T, std::size_t N>
void write_counts(const std::array<Count<T>, N>& counts, const std::vector<Row<T>>& rows,
                  PrometheusText& out) {
  for (const Count<T>& count : counts) {
    out.family(count.name, count.type, count.help);
    for (const Row<T>& row : rows) out.sample(row.labels, row.counts->*count.member);
  }
}

template <class T>
void write_statuses(std::string_view name, std::string_view help, StatusClasses T::*member,
                    const std::vector<Row<T>>& rows, PrometheusText& out) {
  constexpr std::array<std::string_view, 5> kClasses{"1", "2", "3", "4", "5"};
  out.family(name, Type::counter, help);
  for (const Row<T>& row : rows) {
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
      Labels labels = row.labels;
      labels.emplace_back("response_code_class", kClasses[i]);
      out.sample(labels, (row.counts->*member).counts[i]);
    }
  }
}

template <class T>
void write_histograms(std::string_view name, std::string_view help, Histogram T::*member,
                      const std::vector<Row<T>>& rows, PrometheusText& out) {
  out.family(name, Type::histogram, help);
  for (const Row<T>& row : rows) out.histogram(row.labels, row.counts->*member);
}

void write_listeners(const WorkerMetrics& totals, const ProxyConfig& config, PrometheusText& out) {
  std::vector<Row<L>> rows;
  for (const L& listener : totals.listeners) {
    const auto known = [&](const ListenerConfig& other) { return other.name == listener.name; };
    if (std::none_of(config.listeners.begin(), config.listeners.end(), known)) continue;
    rows.push_back({{{"listener", listener.name}}, &listener});
  }
  write_counts(kListenerCounts, rows, out);
  write_statuses("downstream_rq_xx_total", "Answers to clients by the first digit of their status.",
                 &L::downstream_rq_xx, rows, out);
  write_histograms("downstream_rq_time_seconds", "From a request's head to the end of its answer.",
                   &L::downstream_rq_time, rows, out);
}

// Of upstreams whose policy has one.
void write_shadow(const std::vector<Row<U>>& rows, PrometheusText& out) {
  out.family("shadow_total", Type::counter,
             "What was asked of the policy's shadow, and how often it would have decided otherwise.");
  for (const Row<U>& row : rows) {
    const ShadowCounters& shadow = row.counts->shadow;
    if (shadow[ShadowCounters::calls] == 0) continue;
    for (std::size_t i = 0; i < ShadowCounters::kCounts; ++i) {
      Labels labels = row.labels;
      labels.emplace_back("decision", ShadowCounters::kNames[i]);
      out.sample(labels, shadow.counts[i]);
    }
  }
}

void write_shadow_picks(const std::vector<Row<U>>& upstreams, const std::vector<Row<E>>& endpoints,
                        PrometheusText& out) {
  out.family("shadow_pick_distance", Type::gauge,
             "The share of the picks among present endpoints that would have to go elsewhere to be as the shadow's.");
  for (const Row<U>& row : upstreams) {
    std::vector<PickShare> shares;
    for (const E& endpoint : row.counts->endpoints) shares.push_back(endpoint.shadow_picks);
    if (const double distance = pick_distance(shares); std::isfinite(distance)) out.sample(row.labels, distance);
  }
  out.family("shadow_pick_total", Type::counter, "Picks that policy and shadow were asked for, by who picked what.");
  for (const Row<E>& row : endpoints) {
    const PickShare& picks = row.counts->shadow_picks;
    if (picks.policy + picks.shadow == 0) continue;
    for (const auto& [by, count] : {std::pair("policy", picks.policy), std::pair("shadow", picks.shadow)}) {
      Labels labels = row.labels;
      labels.emplace_back("by", by);
      out.sample(labels, count);
    }
  }
}

void write_results(const std::vector<Row<U>>& rows, PrometheusText& out) {
  out.family("upstream_call_result_total", Type::counter, "Finished calls by how they ended.");
  for (const Row<U>& row : rows) {
    for (int i = 0; i < kFailureKinds; ++i) {
      const auto kind = static_cast<FailureKind>(i);
      Labels labels = row.labels;
      labels.emplace_back("result", kind == FailureKind::none ? "ok" : name(kind));
      out.sample(labels, row.counts->call_result[static_cast<std::size_t>(i)]);
    }
  }
}

void write_upstreams(const WorkerMetrics& totals, const ProcessMetrics& process, PrometheusText& out) {
  std::vector<Row<U>> upstreams;
  std::vector<Row<E>> endpoints;
  for (const U& upstream : totals.upstreams) {
    const auto known = std::find_if(process.upstreams.begin(), process.upstreams.end(),
                                    [&](const auto& other) { return other.name == upstream.name; });
    if (known == process.upstreams.end()) continue;
    upstreams.push_back({{{"upstream", upstream.name}}, &upstream});
    for (const E& endpoint : upstream.endpoints) {
      const auto member = [&](const EndpointStatus& status) {
        return status.endpoint.name == endpoint.name && status.endpoint.address.text() == endpoint.address;
      };
      if (std::none_of(known->endpoints.begin(), known->endpoints.end(), member)) continue;
      endpoints.push_back({{{"upstream", upstream.name}, {"endpoint", endpoint.name}}, &endpoint});
    }
  }
  write_counts(kUpstreamCounts, upstreams, out);
  write_results(upstreams, out);
  write_shadow(upstreams, out);
  write_shadow_picks(upstreams, endpoints, out);
  write_histograms("upstream_rq_time_seconds", "Of calls, from their start to their outcome.",
                   &U::upstream_rq_time, upstreams, out);
  write_counts(kEndpointCounts, endpoints, out);
  write_statuses("upstream_rq_xx_total", "Answers of endpoints by the first digit of their status.",
                 &E::upstream_rq_xx, endpoints, out);
  out.family("upstream_rq_attempt_seconds_total", Type::counter,
             "Time of attempts that were answered, from their start to the head of the answer.");
  for (const Row<E>& row : endpoints) {
    out.sample(row.labels, static_cast<double>(row.counts->upstream_rq_time_ns) / 1e9);
  }
}

void write_discovery(const ProcessMetrics& process, PrometheusText& out) {
  const auto family = [&](std::string_view name, Type type, std::string_view help, auto value_of) {
    out.family(name, type, help);
    for (const auto& upstream : process.upstreams)
      out.sample({{"upstream", upstream.name}}, value_of(upstream));
  };
  using Upstream = ProcessMetrics::Upstream;
  family("membership_total", Type::gauge, "Endpoints known.",
         [](const Upstream& upstream) -> std::uint64_t { return upstream.endpoints.size(); });
  family("membership_healthy", Type::gauge, "Endpoints that health checks don't speak against.",
         [](const Upstream& upstream) {
           return static_cast<std::uint64_t>(
               std::count_if(upstream.endpoints.begin(), upstream.endpoints.end(),
                             [](const EndpointStatus& one) { return one.healthy; }));
         });
  family("update_success_total", Type::counter, "Answers of discovery that were good, changed or not.",
         [](const Upstream& upstream) { return upstream.update_success; });
  family("update_failure_total", Type::counter,
         "Answers of discovery that were not; the last good one stays.",
         [](const Upstream& upstream) { return upstream.update_failure; });
  out.family("policy_info", Type::gauge, "The policy of each upstream, by its hash.");
  for (const UpstreamConfig& upstream : process.config->upstreams) {
    out.sample({{"upstream", upstream.name}, {"policy_sha256", upstream.policy_sha256}}, std::uint64_t{1});
  }
}

void write_process(const WorkerMetrics& totals, const ProcessMetrics& process, PrometheusText& out) {
  const auto one = [&](std::string_view name, Type type, std::string_view help, std::uint64_t value) {
    out.family(name, type, help);
    out.sample({}, value);
  };
  out.family("build_info", Type::gauge, "The program's version.");
  out.sample({{"version", version()}}, std::uint64_t{1});
  out.family("config_info", Type::gauge, "The configuration in force, by its hash.");
  out.sample({{"version", process.config->version}}, std::uint64_t{1});
  out.family("server_uptime_seconds", Type::gauge, "Since the start.");
  out.sample({}, to_seconds(process.uptime));
  one("server_live", Type::gauge, "1 where requests are taken, 0 while starting and draining.",
      process.ready);
  one("server_concurrency", Type::gauge, "Workers.", process.config->workers);
  one("config_reload_total", Type::counter, "Configurations taken up.", process.reloads);
  one("config_reload_refused_total", Type::counter, "Configurations refused.", process.reloads_refused);
  one("access_log_dropped_total", Type::counter, "Lines for which there was no room.",
      totals.access_log_dropped);
  one("access_log_write_errors_total", Type::counter, "Writes that failed.", process.access_log_write_errors);
  one("journal_records_total", Type::counter, "Inputs recorded.", totals.journal_records);
  one("journal_decisions_total", Type::counter, "Decisions recorded with them.", totals.journal_decisions);
  one("journal_bytes_total", Type::counter, "Bytes written.", process.journal_bytes);
  one("journal_lost_total", Type::counter, "Inputs for which there was no room.", totals.journal_lost);
  one("journal_disk_bytes", Type::gauge, "Size of all files of the journal.", process.journal_disk_bytes);
  one("journal_write_errors_total", Type::counter, "Writes that failed.", process.journal_write_errors);
}

}  // namespace

WorkerMetrics merged(std::vector<WorkerMetrics> workers) {
  WorkerMetrics out;
  for (const WorkerMetrics& worker : workers) {
    for (const L& listener : worker.listeners)
      add(listener, out.listeners[out.listener_number(listener.name)]);
    for (const U& upstream : worker.upstreams)
      add(upstream, out.upstreams[out.upstream_number(upstream.name)]);
    out.access_log_dropped += worker.access_log_dropped;
    out.journal_records += worker.journal_records;
    out.journal_decisions += worker.journal_decisions;
    out.journal_lost += worker.journal_lost;
    out.loop_rounds += worker.loop_rounds;
  }
  return out;
}

std::string metrics_page(const WorkerMetrics& totals, const ProcessMetrics& process) {
  PrometheusText out;
  write_process(totals, process, out);
  write_listeners(totals, *process.config, out);
  write_upstreams(totals, process, out);
  write_discovery(process, out);
  return out.take();
}

}  // namespace meshtwin
