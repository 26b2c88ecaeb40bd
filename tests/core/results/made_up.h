// Replications with numbers that a test chose.
#pragma once

#include <vector>

#include "core/config/scenario.h"
#include "core/results/replication.h"

namespace meshtwin {

inline Scenario made_up_scenario() {
  Scenario scenario;
  scenario.name = "made up";
  scenario.duration = std::chrono::seconds(10);
  scenario.services.resize(1);
  scenario.services[0].name = "a";
  scenario.services[0].instances = 2;
  scenario.policies.resize(1);
  scenario.policies[0].sha256 = "0123456789abcdef";
  return scenario;
}

// One run of it: `successes` calls of the latencies given, in turn, and `timeouts` failures of 1 s each.
inline Replication made_up_run(std::uint64_t successes, const std::vector<Duration>& latencies,
                               std::uint64_t timeouts = 0) {
  Replication run;
  run.events = 10 * successes;
  run.ended_at = Time(std::chrono::seconds(10));
  run.slice_length = std::chrono::seconds(10) / kMeasuredSlices;
  ServiceTotals& totals = run.services.emplace_back();
  totals.requests = successes + timeouts;
  totals.successes = totals.succeeded_in_time = successes;
  totals.attempts = totals.requests;
  totals.failures[static_cast<std::size_t>(FailureKind::timeout)] = timeouts;
  for (std::uint64_t i = 0; i < successes; ++i)
    totals.success_latency.record(latencies[i % latencies.size()]);
  totals.failure_latency.record(std::chrono::seconds(1), timeouts);
  totals.endpoints.resize(2);
  totals.endpoints[0].attempts = totals.attempts;
  totals.endpoints[0].busy = std::chrono::seconds(5);
  return run;
}

}  // namespace meshtwin
