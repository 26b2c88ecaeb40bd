// Services that call services.
#include <catch2/catch.hpp>

#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

// `front` takes 1 ms and then calls `back`, which takes 10 ms and has workers enough.
Scenario chain(const std::vector<double>& times) {
  Scenario scenario =
      make_scenario({constant_service("front", 1), constant_service("back", 10)}, {trace_client(times)});
  scenario.services[0].calls = {{1, 1.0}};
  scenario.services[1].concurrency = 100;
  return scenario;
}

TEST_CASE("a request holds its worker while it waits for a call, or doesn't") {
  Scenario scenario = chain({0, 0, 0});
  CHECK(simulate(scenario).services[0].success_latency.max() == 33 * kMillisecond);
  scenario.services[0].calls_hold_worker = false;
  CHECK(simulate(scenario).services[0].success_latency.max() == 13 * kMillisecond);
}

TEST_CASE("calls are made one after the other, over the network, each with its probability") {
  Scenario scenario = chain({0});
  scenario.services[0].calls = {{1, 1.0}, {1, 0.0}, {1, 1.0}};
  scenario.network = NativeNetwork{Distribution::constant(2 * kMillisecond)};
  const Replication run = simulate(scenario);
  CHECK(run.services[1].requests == 2);
  CHECK(run.services[0].success_latency.max() == (4 + 1 + 2 * (4 + 10)) * kMillisecond);

  scenario.services[0].calls = {{1, 0.3}, {1, 0.5}};
  scenario.services[0].concurrency = 1000;
  scenario.clients = {make_client("c", 0, PoissonArrivals{5000})};
  scenario.duration = std::chrono::seconds(10);
  const Replication many = simulate(scenario);
  const double calls = double(many.services[1].requests) / double(many.services[0].requests);
  CHECK(calls == Approx(0.8).margin(0.012));  // 4 standard errors of 50,000, of which a few come too late
  CHECK(many.services[0].successes == many.services[0].requests);
}

TEST_CASE("the first call that fails ends the request with 502 and the rest is not made") {
  Scenario scenario = chain({0, 0});
  scenario.services[0].calls = {{1, 1.0}, {1, 1.0}};
  scenario.faults = {make_fault(0, 5, ErrorFault{1}, 1)};
  const Replication run = simulate(scenario);
  CHECK(failures(run.services[0], FailureKind::error_5xx) == 2);
  CHECK(run.services[1].requests == 2);
  CHECK(run.services[0].failure_latency.max() ==
        2 * kMillisecond);  // the worker was free after the first one
}

TEST_CASE("a call given up takes back the calls it waits for") {
  for (const bool holds : {true, false}) {
    Scenario scenario = chain({0, 20});
    scenario.services[0].calls_hold_worker = holds;
    scenario.services[1].concurrency = 1;
    scenario.policies[0].config.timeout = 5 * kMillisecond;
    const Replication run = simulate(scenario);
    CHECK(failures(run.services[0], FailureKind::timeout) == 2);
    // The caller's deadline reaches the callee's client: both give up in the same instant.
    CHECK(failures(run.services[1], FailureKind::timeout) +
              failures(run.services[1], FailureKind::cancelled) ==
          2);
    CHECK(run.services[1].failure_latency.max() == 4 * kMillisecond);
  }
}

TEST_CASE("a hedge that lost is taken back with its calls") {
  Scenario scenario = chain({0});
  scenario.services[0].instances = 2;
  InstanceOverride slow;
  slow.service_time = Distribution::constant(6 * kMillisecond);
  scenario.services[0].overrides = {slow};
  slow.instance = 1;
  scenario.services[0].overrides.push_back(slow);
  scenario.policies[0].config.hedge = HedgeConfig{3 * kMillisecond, 1};
  const Replication run = simulate(scenario);
  CHECK(run.services[0].success_latency.max() == 16 * kMillisecond);
  CHECK(run.services[1].requests == 2);
  CHECK(failures(run.services[1], FailureKind::cancelled) == 1);
  CHECK(run.services[1].failure_latency.max() == 7 * kMillisecond);  // called at 9, taken back at 16
}

TEST_CASE("a deadline goes down the chain even where servers finish what was given up") {
  Scenario scenario = chain({0});
  scenario.services[0].on_cancel = OnCancel::finish;
  scenario.policies[0].config.timeout = 5 * kMillisecond;
  scenario.policies[1].config.timeout = 100 * kMillisecond;
  const Replication run = simulate(scenario);
  CHECK(failures(run.services[1], FailureKind::timeout) == 1);
  CHECK(run.services[1].failure_latency.max() == 4 * kMillisecond);
}

TEST_CASE("a crash takes back the calls of what was inside") {
  Scenario scenario = chain({0, 30});
  scenario.faults = {make_fault(5, 10, CrashFault{}, 0)};
  const Replication run = simulate(scenario);
  CHECK(failures(run.services[0], FailureKind::reset) == 1);
  CHECK(failures(run.services[1], FailureKind::cancelled) == 1);
  CHECK(run.services[0].successes == 1);
  CHECK(run.services[0].success_latency.max() == 11 * kMillisecond);
}

TEST_CASE("a request hands its key on to the calls that it makes") {
  Scenario scenario = chain({});
  for (ServiceConfig& service : scenario.services) {
    service.instances = 7;
    service.concurrency = 1000;
  }
  for (ServicePolicy& policy : scenario.policies) policy.config.balancer = RingHashConfig{};
  scenario.clients = {make_client("c", 0, PoissonArrivals{500})};
  scenario.duration = std::chrono::seconds(2);
  const auto used = [](const ServiceTotals& totals) {
    int count = 0;
    for (const EndpointTotals& endpoint : totals.endpoints) count += endpoint.attempts > 0 ? 1 : 0;
    return count;
  };
  CHECK(used(simulate(scenario).services[1]) == 7);
  scenario.clients[0].keys = KeysConfig{1, 0};
  const Replication run = simulate(scenario);
  CHECK(used(run.services[0]) == 1);
  CHECK(used(run.services[1]) == 1);
  CHECK(run.services[1].requests > 900);
}

}  // namespace
}  // namespace meshtwin
