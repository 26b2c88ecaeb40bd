// Small scenarios in C++, and runs of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/results/replication.h"
#include "sim/simulation.h"
#include "tests/support/scenario_parts.h"

namespace meshtwin {

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
                             double(t.attempts), double(t.connections_opened)};
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
