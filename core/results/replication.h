// What one run of a scenario measured, simulated or for real: plain data, cheap to keep for many runs and to
// carry between processes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/call/events.h"
#include "core/stats/histogram.h"
#include "core/time.h"
#include "core/upstream/shadow_counters.h"

namespace meshtwin {

// Calls that began and never ended, because nothing more could happen to them; beyond the FailureKinds.
inline constexpr int kUnfinished = kFailureKinds;

// The measured time is cut into slices, for time series; groups of them are the batches for batch means.
inline constexpr std::uint32_t kBatches = 20;
inline constexpr std::uint32_t kSlicesPerBatch = 3;
inline constexpr std::uint32_t kMeasuredSlices = kBatches * kSlicesPerBatch;

// Point estimates from one set of latencies, in milliseconds; all zero where there were none.
struct LatencySummary {
  double mean = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0, max = 0;
};
LatencySummary summarize(const Histogram& latency);

struct EndpointTotals {
  std::uint64_t attempts = 0;
  std::uint64_t failures = 0;  // attempts that broke, timed out or were answered 5xx; not those called off
  Duration demand{};           // service times of the attempts that it began to serve
  Duration busy{};  // time of its workers that was taken, whoever it was for, while it was measured
};

// Calls that were due in one batch of the measured time, except where it says otherwise.
struct BatchTotals {
  std::uint64_t requests = 0;
  std::uint64_t ended = 0;              // those of them that have a latency
  std::uint64_t succeeded_in_time = 0;  // successes that happened during the batch
  std::uint64_t successes = 0;
  std::uint64_t attempts = 0;
  LatencySummary latency;
  LatencySummary success_latency;
};

// One slice of the time series of a service, the warm-up included.
struct ServiceSlice {
  std::uint64_t started = 0;                     // calls due in the slice
  std::uint64_t finished = 0;                    // calls that ended in the slice
  std::uint64_t succeeded = 0;                   // those of them that ended well
  double mean_in_flight = 0;                     // open calls, averaged over the slice
  LatencySummary latency;                        // of calls that ended in the slice
  std::vector<std::uint32_t> endpoint_attempts;  // begun in the slice
};

// Totals over the calls that were due in the measured time.
struct ServiceTotals {
  std::uint64_t requests = 0;
  std::uint64_t successes = 0;
  std::uint64_t succeeded_in_time =
      0;  // any success that happened within the measured time, for the throughput
  std::uint64_t attempts = 0;
  std::uint64_t connections_opened = 0;  // for attempts of these calls, with their handshakes done
  std::array<std::uint64_t, kFailureKinds + 1> failures{};  // by FailureKind, then unfinished
  Histogram success_latency;
  Histogram failure_latency;
  std::vector<EndpointTotals> endpoints;
  std::vector<BatchTotals> batches;  // kBatches of them
  std::vector<ServiceSlice> slices;  // empty unless asked for
  ShadowCounters shadow;             // of all clients, over the whole run, as the next one
  std::vector<PickShare> shadow_shares;  // by endpoint; empty where no balancer is in the dark
};

struct Replication {
  std::uint64_t seed = 0;
  std::uint64_t events = 0;
  Time ended_at{};       // in the scenario's time
  bool partial = false;  // interrupted: the totals are of what had happened until ended_at
  Duration slice_length{};
  std::vector<ServiceTotals> services;
  std::string on = "sim";             // the world that it ran in: sim or real
  std::vector<std::string> warnings;  // what the run itself found, a sentence each
};

}  // namespace meshtwin
