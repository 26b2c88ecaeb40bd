// What all statistical tests share: replications with fixed seeds, and what their intervals must do.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/config/scenario.h"
#include "core/random/stream.h"
#include "core/stats/confidence.h"
#include "core/stats/histogram.h"
#include "sim/simulation.h"

namespace meshtwin::statistical {

// The mean service time of these tests, so that milliseconds are mean services. A nanosecond's rounding is
// 1e-6 of it.
inline constexpr Duration kUnit = std::chrono::milliseconds(1);
inline constexpr double kPerSecond = 1000;  // services a second of one busy worker

inline Duration units(double mean_services) {
  return Duration(std::llround(mean_services * static_cast<double>(kUnit.count())));
}

// Runs are this many times shorter than a proof takes: 1, and more under sanitizers, which look for faults of
// memory and of threads on the same paths and are some 15 times slower. References have to be covered all the same;
// how narrow an interval is, is tested at full length alone.
inline constexpr double kShortening = MESHTWIN_TEST_SHORTENING;

struct Load {
  double rho = 0.8;       // of each worker
  double requests = 1e6;  // measured ones of one replication at full length, about
  double warmup = 1000;   // in mean services, before them
};

// One client with Poisson arrivals, a network without delay, calls that are never given up.
inline Scenario station(const ServiceConfig& service, const Load& load, const BalancerConfig& balancer) {
  Scenario scenario;
  scenario.services = {service};
  scenario.services[0].name = "station";
  scenario.policies.resize(1);
  scenario.policies[0].config.balancer = balancer;
  ClientConfig client;
  client.name = "client";
  const double rate = load.rho * kPerSecond * service.instances * service.concurrency;
  client.arrivals = PoissonArrivals{rate};
  scenario.clients = {client};
  scenario.warmup = units(load.warmup);
  scenario.duration = scenario.warmup + units(load.requests / kShortening / rate * kPerSecond);
  return scenario;
}

inline ServiceConfig servers(std::uint32_t instances, std::uint32_t concurrency,
                             const Distribution& time = Distribution::exponential(kUnit)) {
  ServiceConfig service;
  service.instances = instances;
  service.concurrency = concurrency;
  service.service_time = time;
  return service;
}

// Independent runs; what they measure is the simulator's own record of the calls.
inline std::vector<Replication> replicate(const Scenario& scenario, int count, std::uint64_t seed) {
  std::vector<Replication> runs;
  for (int i = 0; i < count; ++i) {
    SimulationOptions options;
    options.seed = mix(seed, static_cast<std::uint64_t>(i));
    RunControl control;
    runs.push_back(Simulation(scenario, options).run(control));
  }
  return runs;
}

template <class Measure>
std::vector<double> measured(const std::vector<Replication>& runs, const Measure& measure) {
  std::vector<double> values;
  for (const Replication& run : runs) values.push_back(measure(run.services[0]));
  return values;
}

inline double mean_response(const ServiceTotals& totals) {
  return to_milliseconds(totals.success_latency.mean());
}

inline double share_failed(const ServiceTotals& totals) {
  return 1 - static_cast<double>(totals.successes) / static_cast<double>(totals.requests);
}

inline double attempts_per_request(const ServiceTotals& totals) {
  return static_cast<double>(totals.attempts) / static_cast<double>(totals.requests);
}

inline double average(std::span<const double> values) {
  RunningMoments moments;
  for (const double v : values) moments.add(v);
  return moments.mean();
}

// An estimate from all data, and the same from each replication.
struct Estimate {
  double overall;
  std::vector<double> sections;
};

inline Estimate mean_of(std::vector<double> values) {
  const double overall = average(values);
  return {overall, std::move(values)};
}

// The interval at 99.9% instead of 95%.
inline Interval interval999(const Estimate& estimate) {
  const Interval at95 = sectioned_interval95(estimate.overall, estimate.sections);
  const int dof = static_cast<int>(estimate.sections.size()) - 1;
  const double half = at95.half_width() * student_t_quantile(0.9995, dof) / student_t_quantile(0.975, dof);
  return {estimate.overall - half, estimate.overall + half};
}

// Coverage is tested at 99.9%: of some sixty right estimates, three would miss their 95% interval by chance,
// and choosing seeds until none does would prove nothing. Width is tested on the 95% interval.
inline void check_covers(const Estimate& estimate, double reference) {
  const Interval wide = interval999(estimate);
  CAPTURE(reference, estimate.overall, wide.low, wide.high);
  CHECK(wide.contains(reference));
}

inline void check_estimate(const Estimate& estimate, double reference, double relative_width = 0.01) {
  check_covers(estimate, reference);
  const Interval interval = sectioned_interval95(estimate.overall, estimate.sections);
  CAPTURE(reference, estimate.overall, interval.low, interval.high);
  if (kShortening == 1) CHECK(2 * interval.half_width() < relative_width * reference);
}

}  // namespace meshtwin::statistical
