// The log of a simulation's calls.
#include <catch2/catch.hpp>

#include "core/results/call_log.h"
#include "tests/support/scenarios.h"

using namespace meshtwin;

namespace {

CallLog log_of(const Scenario& scenario, std::uint64_t seed = 1) {
  CallLog log;
  SimulationOptions options;
  options.seed = seed;
  options.call_log = &log;
  RunControl control;
  Simulation(scenario, options).run(control);
  return log;
}

Scenario busy_scenario() {
  return make_scenario({make_service("a", 3, Distribution::exponential(10 * kMillisecond))},
                       {make_client("one", 0, PoissonArrivals{100}),
                        make_client("two", 0, PoissonArrivals{50})});
}

}  // namespace

TEST_CASE("calls are logged with their latency and the endpoint that answered") {
  const Scenario scenario = make_scenario({constant_service("a", 10, 2)}, {trace_client({1, 2, 3})});
  const CallLog log = log_of(scenario);
  REQUIRE(log.size() == 3);
  const EndpointIndex first = log[0].endpoint;  // round robin begins where chance has it
  CHECK(first <= 1);
  CHECK(log[0] == LoggedCall{0, 0, at_ms(1), true, 10 * kMillisecond, FailureKind::none, 1, first});
  CHECK(log[1] == LoggedCall{0, 1, at_ms(2), true, 10 * kMillisecond, FailureKind::none, 1, 1 - first});
  CHECK(log[2] == LoggedCall{0, 2, at_ms(3), true, 18 * kMillisecond, FailureKind::none, 1, first});
}

TEST_CASE("what a deadline ends has no endpoint, and what never ends is unfinished") {
  Scenario scenario = make_scenario({constant_service("a", 10), constant_service("b", 10)},
                                    {trace_client({1}), trace_client({1}, 1, "other")});
  scenario.policies[0].config.timeout = 5 * kMillisecond;
  scenario.faults = {make_fault(0, {}, BlackholeFault{}, 1)};
  const CallLog log = log_of(scenario);
  REQUIRE(log.size() == 2);
  CHECK(log[0] == LoggedCall{0, 0, at_ms(1), true, 5 * kMillisecond, FailureKind::timeout, 1, kNoEndpoint});
  CHECK(log[1] == LoggedCall{1, 0, at_ms(1)});
}

TEST_CASE("a log agrees with the totals and changes nothing of them") {
  const Scenario scenario = busy_scenario();
  const Replication without = simulate(scenario, 7);
  Histogram latency;
  for (const LoggedCall& call : log_of(scenario, 7)) latency.record(call.latency);
  CHECK(latency.data() == without.services[0].success_latency.data());
}

TEST_CASE("calls of closed loops are left out of the log") {
  ClosedArrivals closed;
  closed.users = 2;
  closed.think = Distribution::constant(kMillisecond);
  const Scenario scenario =
      make_scenario({constant_service("a", 10)}, {make_client("users", 0, closed), trace_client({5})});
  const CallLog log = log_of(scenario);
  REQUIRE(log.size() == 1);
  CHECK(log[0].client == 1);
}
