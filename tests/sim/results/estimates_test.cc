// Estimates from whole simulations in the cases where a naive interval or rate goes wrong.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "core/results/scenario_result.h"
#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

Scenario station(double calls_per_second, std::int64_t seconds) {
  return make_scenario({make_service("a", 1, Distribution::exponential(10 * kMillisecond))},
                       {make_client("c", 0, PoissonArrivals{calls_per_second})},
                       std::chrono::seconds(seconds));
}

bool warns(const ScenarioResult& result, const char* text) {
  return std::any_of(result.warnings.begin(), result.warnings.end(),
                     [&](const std::string& w) { return w.find(text) != std::string::npos; });
}

Replication stopped_at_once(const Scenario& scenario) {
  RunControl control;
  control.stop = true;
  return Simulation(scenario, {}).run(control);
}

TEST_CASE("the rate of an overloaded server is its capacity, and hardly varies") {
  const Scenario scenario = station(150, 400);
  const ScenarioResult result = combine(scenario, {simulate(scenario)});
  const Estimate& rate = result.services[0].throughput;
  CHECK(rate.value == Approx(100).epsilon(0.02));
  CHECK(rate.ci95.half_width() < 2);
}

TEST_CASE("an overload shows with replications, too, and a steady load doesn't") {
  Scenario over = station(150, 100);
  CHECK(
      warns(combine(over, {simulate(over, 1), simulate(over, 2), simulate(over, 3)}), "not a steady state"));
  Scenario steady = station(50, 100);
  CHECK_FALSE(warns(combine(steady, {simulate(steady, 1), simulate(steady, 2), simulate(steady, 3)}),
                    "not a steady state"));
}

TEST_CASE("an interrupted run speaks of the time that it had, also within the warm-up") {
  const Scenario scenario = station(700, 1000);
  const Replication run = stopped_at_once(scenario);
  const ScenarioResult result = combine(scenario, {run});
  CHECK(result.partial);
  CHECK(result.simulated_seconds == to_seconds(run.ended_at.time_since_epoch()));
  Scenario warming = scenario;
  warming.warmup = std::chrono::seconds(900);
  const ScenarioResult early = combine(warming, {stopped_at_once(warming)});
  CHECK(early.services[0].throughput.value == 0);
  CHECK(early.services[0].requests == 0);
}

TEST_CASE("intervals stay where their values can be") {
  Scenario scenario = station(50, 60);
  FaultConfig fault;
  fault.at = at_ms(30'000);
  fault.kind = ErrorFault{0.3};
  scenario.faults = {fault};
  const ServiceResult service = combine(scenario, {simulate(scenario)}).services[0];
  CHECK(service.success_rate.ci95.high <= 1);
  CHECK(service.latency.p50.ci95.low >= 0);
}

TEST_CASE("a hedge that is called off is no failure of its endpoint") {
  Scenario scenario = make_scenario({make_service("a", 4, Distribution::exponential(10 * kMillisecond))},
                                    {make_client("c", 0, PoissonArrivals{100})}, std::chrono::seconds(20));
  scenario.policies[0].config.hedge = HedgeConfig{10 * kMillisecond, 1};
  const ServiceResult service = combine(scenario, {simulate(scenario)}).services[0];
  CHECK(service.attempts > service.requests);
  for (const EndpointResult& endpoint : service.endpoints) CHECK(endpoint.failures == 0);
}

}  // namespace
}  // namespace meshtwin
