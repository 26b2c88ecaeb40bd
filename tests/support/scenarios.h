// Small scenarios in C++, and runs of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config/scenario.h"
#include "core/results/replication.h"
#include "core/time.h"
#include "sim/simulation.h"

namespace meshtwin {

inline constexpr Duration kMillisecond = std::chrono::milliseconds(1);

inline Time at_ms(double milliseconds) {
  return Time(Duration(static_cast<Duration::rep>(milliseconds * 1e6 + 0.5)));
}

inline ServiceConfig make_service(std::string name, std::uint32_t instances, const Distribution& time) {
  ServiceConfig service;
  service.name = std::move(name);
  service.instances = instances;
  service.service_time = time;
  return service;
}

inline ServiceConfig constant_service(std::string name, double milliseconds, std::uint32_t instances = 1) {
  return make_service(std::move(name), instances,
                      Distribution::constant(at_ms(milliseconds).time_since_epoch()));
}

inline ClientConfig make_client(std::string name, std::uint32_t service, ArrivalConfig arrivals) {
  ClientConfig client;
  client.name = std::move(name);
  client.service = service;
  client.arrivals = std::move(arrivals);
  return client;
}

// Calls at the given milliseconds.
inline ClientConfig trace_client(const std::vector<double>& milliseconds, std::uint32_t service = 0,
                                 std::string name = "client") {
  TraceArrivals trace;
  for (const double t : milliseconds) trace.times.push_back(at_ms(t));
  return make_client(std::move(name), service, std::move(trace));
}

// Policies are the defaults: round robin, no timeout, no retries. The network takes no time.
inline Scenario make_scenario(std::vector<ServiceConfig> services, std::vector<ClientConfig> clients,
                              Duration duration = std::chrono::seconds(1)) {
  Scenario scenario;
  scenario.services = std::move(services);
  scenario.clients = std::move(clients);
  scenario.policies.resize(scenario.services.size());
  for (ServicePolicy& policy : scenario.policies) policy.config.balancer = RoundRobinConfig{};
  scenario.duration = duration;
  return scenario;
}

inline FaultConfig make_fault(double at, std::optional<double> lasts, FaultKind kind,
                              std::uint32_t service = 0, std::optional<std::uint32_t> instance = {}) {
  FaultConfig fault;
  fault.at = at_ms(at);
  if (lasts) fault.lasts = at_ms(*lasts).time_since_epoch();
  fault.service = service;
  fault.instance = instance;
  fault.kind = std::move(kind);
  return fault;
}

inline Replication simulate(const Scenario& scenario, std::uint64_t seed = 1, bool series = false) {
  SimulationOptions options;
  options.seed = seed;
  options.series = series;
  RunControl control;
  return Simulation(scenario, options).run(control);
}

inline std::uint64_t failures(const ServiceTotals& totals, FailureKind kind) {
  return totals.failures[static_cast<std::size_t>(kind)];
}

// Every number of a service's totals, to be compared bit for bit.
inline std::vector<double> all_numbers(const ServiceTotals& t) {
  std::vector<double> all = {double(t.requests), double(t.successes), double(t.succeeded_in_time),
                             double(t.attempts)};
  const auto add = [&](const LatencySummary& s) {
    all.insert(all.end(), {s.mean, s.p50, s.p90, s.p95, s.p99, s.p999, s.max});
  };
  for (const std::uint64_t f : t.failures) all.push_back(double(f));
  for (const EndpointTotals& e : t.endpoints) {
    all.insert(all.end(), {double(e.attempts), double(e.failures), double(e.demand.count()), double(e.busy.count())});
  }
  for (const BatchTotals& b : t.batches) {
    all.insert(all.end(), {double(b.requests), double(b.successes), double(b.attempts)});
    add(b.latency);
    add(b.success_latency);
  }
  for (const ServiceSlice& s : t.slices) {
    all.insert(all.end(), {double(s.started), double(s.finished), double(s.succeeded), s.mean_in_flight});
    add(s.latency);
    all.insert(all.end(), s.endpoint_attempts.begin(), s.endpoint_attempts.end());
  }
  return all;
}

inline bool identical(const ServiceTotals& a, const ServiceTotals& b) {
  return all_numbers(a) == all_numbers(b) && a.success_latency.data() == b.success_latency.data() &&
         a.failure_latency.data() == b.failure_latency.data();
}

}  // namespace meshtwin
