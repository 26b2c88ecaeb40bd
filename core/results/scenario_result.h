// The results of all replications of a scenario together, with confidence intervals and their caveats.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/results/replication.h"
#include "core/stats/confidence.h"
#include "core/stats/histogram.h"

namespace meshtwin {

// A point estimate and its 95% interval; infinite ends where there is too little to tell.
struct Estimate {
  double value = 0;
  Interval ci95{};
};

// In milliseconds. An estimate has no value where no call had the outcome that it is about.
struct LatencyEstimates {
  std::uint64_t samples = 0;
  Estimate mean, p50, p90, p95, p99, p999;
  double max = 0;
};

struct EndpointResult {
  std::string id;  // checkout/3
  std::uint64_t attempts = 0;
  std::uint64_t failures = 0;
  double utilization = 0;  // share of its workers' time that was taken while it was measured, 0 to 1
};

struct ServiceResult {
  std::string name;
  std::string policy_sha256;
  std::uint64_t requests = 0;
  std::uint64_t successes = 0;
  std::uint64_t attempts = 0;
  std::array<std::uint64_t, kFailureKinds + 1> failures{};
  Estimate success_rate;  // 0 to 1
  Estimate throughput;    // successes a second, within the measured time
  Estimate attempts_per_request;
  LatencyEstimates latency;          // of all calls
  LatencyEstimates success_latency;  // of those that succeeded
  Histogram latency_histogram;
  std::vector<EndpointResult> endpoints;
  std::optional<std::uint64_t> connections_opened;  // for measured calls; where its callers open any
  std::optional<ShadowCounters> shadow;  // where its policy has one, and the counts are known
  std::vector<PickShare> shadow_shares;  // by endpoint; empty where that has no balancer, or they aren't known
};

struct ExpectationResult {
  std::string text;
  double value = 0;
  bool ok = false;
};

struct ScenarioResult {
  std::string scenario;
  std::string on = "sim";  // the world that it ran in: sim or real
  std::uint64_t seed = 0;
  std::uint32_t replications = 0;
  double simulated_seconds = 0;  // of each replication in the scenario's time, the warm-up included
  std::uint64_t events = 0;
  double wall_seconds = 0;
  bool partial = false;
  std::vector<ServiceResult> services;  // in the scenario's order
  std::vector<ExpectationResult> expectations;
  std::vector<std::string> warnings;  // what to know before believing a number, a sentence each
  bool expectations_met() const;
};

// Several replications: intervals from their spread. One: from batch means. At least one replication.
ScenarioResult combine(const Scenario& scenario, const std::vector<Replication>& replications);

// A metric of a service by its path in the result document, e.g. "latency.p99" or "failures.timeout";
// nothing for a path that doesn't exist.
std::optional<double> metric(const ServiceResult& service, std::string_view path);

// The name of an entry of ServiceResult::failures.
std::string_view failure_name(std::size_t index);

}  // namespace meshtwin
