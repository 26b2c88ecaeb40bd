// A scenario in both worlds: what the simulator predicted, what was measured, and whether they agree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/results/call_log.h"
#include "core/results/scenario_result.h"

namespace meshtwin {

// How far a prediction may be off. Shares of one, unless they say otherwise.
struct FidelityBounds {
  double p50 = 0.05;       // of the measured median, or
  double p50_ms = 0.1;     // milliseconds, whichever allows more
  double p99 = 0.10;       // of the measured p99
  double share = 0.02;     // of an endpoint's part of all attempts
  double success = 0.005;  // of the success rate
};

struct Prediction {
  double predicted = 0;
  double measured = 0;
  bool ok = true;  // within its bound; so is everything that has none
  // The prediction's error as a share of what was measured; 0 where that is 0.
  double relative_error() const { return measured > 0 ? (predicted - measured) / measured : 0; }
};

// Over the calls that count and ended in both worlds, paired by client and number.
struct PairedErrors {
  std::uint64_t pairs = 0;
  std::uint64_t same_outcome = 0;
  std::uint64_t same_endpoint = 0;
  double p5 = 0, median = 0, p95 = 0;  // of measured less predicted latency, in milliseconds
};

struct ServiceFidelity {
  std::string service;
  std::string policy_sha256;
  std::uint64_t predicted_calls = 0, measured_calls = 0;
  Prediction p50, p90, p99;  // milliseconds, of all calls
  Prediction success_rate;
  Prediction share;            // of the attempts, where it differs most
  std::string share_endpoint;  // whose share that is
  PairedErrors paired;
  bool ok() const { return p50.ok && p99.ok && success_rate.ok && share.ok; }
};

struct ScenarioFidelity {
  std::string scenario;
  std::vector<ServiceFidelity> services;  // those that were called
  std::vector<std::string> warnings;      // what the runs for real found themselves
  bool partial = false;
  bool ok() const;
};

// One world's runs of a scenario, the logs in the replications' order; no logs: no pairs.
struct WorldRuns {
  const ScenarioResult& result;
  const std::vector<Replication>& replications;
  const std::vector<CallLog>& logs;
};

// Both ran with the same seeds.
ScenarioFidelity judge_fidelity(const Scenario& scenario, const WorldRuns& predicted,
                                const WorldRuns& measured, const FidelityBounds& bounds = {});

}  // namespace meshtwin
