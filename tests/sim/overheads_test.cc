// What a machine adds to messages and timers, in the simulator.
#include <catch2/catch.hpp>

#include "tests/support/scenarios.h"

using namespace meshtwin;

namespace {

Overheads some_overheads() {
  const auto constant = [](double ms) { return Distribution::constant(at_ms(ms).time_since_epoch()); };
  return {constant(1), constant(2), constant(4), {}, {}, {}};
}

Duration longest(const Replication& run) { return run.services[0].success_latency.max(); }

}  // namespace

TEST_CASE("each part of the overheads is added where it belongs") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1})});
  scenario.overheads = some_overheads();
  CHECK(longest(simulate(scenario)) == 17 * kMillisecond);
  // The one behind waits for the worker, which the late timer holds as well.
  scenario.clients = {trace_client({1, 1})};
  CHECK(longest(simulate(scenario)) == 31 * kMillisecond);
  scenario.services[0].discipline = Discipline::processor_sharing;
  CHECK(longest(simulate(scenario)) == 31 * kMillisecond);
}

// One connection, and requests of 10 ms: while a call waits at its sidecar, neither its own way there nor that of the
// answer before it is in its way.
TEST_CASE("calls that wait at their sidecar keep no connection while they are on their way to and from the client") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1, 1, 1})});
  scenario.policies[0].config.limits.connections = 1;
  scenario.overheads = some_overheads();
  CHECK(longest(simulate(scenario)) == 3 * 17 * kMillisecond);
  scenario.overheads->to_sidecar = Distribution::constant(50 * kMillisecond);
  scenario.overheads->from_sidecar = Distribution::constant(100 * kMillisecond);
  CHECK(longest(simulate(scenario)) == (3 * 17 + 150) * kMillisecond);
}

TEST_CASE("a call that its sidecar refuses takes the way to it and back") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1, 1})});
  scenario.policies[0].config.limits.requests = 1;
  scenario.overheads = some_overheads();
  scenario.overheads->to_sidecar = Distribution::constant(5 * kMillisecond);
  scenario.overheads->from_sidecar = Distribution::constant(6 * kMillisecond);
  const Replication run = simulate(scenario);
  CHECK(run.services[0].failure_latency.max() == 11 * kMillisecond);
  CHECK(longest(run) == 28 * kMillisecond);
}

TEST_CASE("an instance's own sidecar is one hop more, and its connection is taken for both ways of it") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1})});
  scenario.overheads = some_overheads();
  scenario.services[0].inbound.emplace();
  CHECK(longest(simulate(scenario)) == 20 * kMillisecond);
  scenario.overheads->answer_lateness = Distribution::constant(3 * kMillisecond);
  CHECK(longest(simulate(scenario)) == 23 * kMillisecond);
  scenario.overheads->answer_lateness = {};
  scenario.services[0].inbound->limits.connections = 1;
  scenario.clients = {trace_client({1, 1})};
  CHECK(longest(simulate(scenario)) == 37 * kMillisecond);
}

TEST_CASE("what is given up between sidecar and instance never comes in") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1, 40})});
  scenario.overheads = some_overheads();
  scenario.overheads->request_path = Distribution::constant(4 * kMillisecond);
  scenario.services[0].inbound.emplace();
  scenario.policies[0].config.timeout = 1 * kMillisecond;  // called off at 5 ms, on the way from 4 to 8
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(failures(totals, FailureKind::timeout) == 2);
  CHECK(totals.endpoints[0].busy == Duration::zero());
  scenario.policies[0].config.timeout = 100 * kMillisecond;
  scenario.faults = {make_fault(6, 10, CrashFault{})};  // the first is on that way from 5 to 9
  const ServiceTotals crashed = simulate(scenario).services[0];
  CHECK(failures(crashed, FailureKind::reset) == 1);
  CHECK(crashed.successes == 1);
  CHECK(crashed.endpoints[0].busy == 14 * kMillisecond);
}

// A timer that goes off late delays what it sends: not an error that is answered at once.
TEST_CASE("answers of served requests alone are late") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1})});
  scenario.overheads = some_overheads();
  scenario.overheads->answer_lateness = Distribution::constant(3 * kMillisecond);
  CHECK(longest(simulate(scenario)) == 20 * kMillisecond);
  scenario.faults = {make_fault(0, {}, ErrorFault{1})};
  CHECK(simulate(scenario).services[0].failure_latency.max() == 3 * kMillisecond);
}

TEST_CASE("calls overtake each other neither on their way to the sidecar nor on that to the instance") {
  Scenario scenario = make_scenario({constant_service("a", 1)}, {trace_client({1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7})});
  const Distribution way = Distribution::uniform(Duration::zero(), 20 * kMillisecond);
  for (const auto part : {&Overheads::to_sidecar, &Overheads::request_path}) {
    scenario.overheads = Overheads{};
    (*scenario.overheads).*part = way;
    CallLog log;
    SimulationOptions options;
    options.call_log = &log;
    RunControl control;
    Simulation(scenario, options).run(control);
    REQUIRE(log.size() == 8);
    for (std::size_t i = 1; i < log.size(); ++i) {
      CHECK(log[i].due + log[i].latency >= log[i - 1].due + log[i - 1].latency + kMillisecond);
    }
  }
}

// Each call of the user begins when the outcome of the one before has come back.
TEST_CASE("users wait for what is on its way to them") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {make_client("u", 0, ClosedArrivals{1, {}})});
  scenario.duration = 100 * kMillisecond;
  scenario.overheads = Overheads{};
  scenario.overheads->to_sidecar = Distribution::constant(4 * kMillisecond);
  scenario.overheads->from_sidecar = Distribution::constant(6 * kMillisecond);
  CHECK(simulate(scenario).services[0].requests == 5);
}

TEST_CASE("the network's delay is added to the machine's") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1})});
  scenario.network = NativeNetwork{Distribution::constant(100 * kMillisecond)};
  scenario.overheads = some_overheads();
  CHECK(longest(simulate(scenario)) == 217 * kMillisecond);
}

TEST_CASE("a failure pays for its way as an answer does") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1})});
  scenario.overheads = some_overheads();
  scenario.faults = {make_fault(0, {}, CrashFault{})};
  CHECK(simulate(scenario).services[0].failure_latency.max() == 3 * kMillisecond);
}

TEST_CASE("late timers are no part of a service's demand, and part of its being busy") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1})});
  scenario.overheads = some_overheads();
  const Replication run = simulate(scenario);
  const EndpointTotals& endpoint = run.services[0].endpoints[0];
  CHECK(endpoint.demand == 10 * kMillisecond);
  CHECK(endpoint.busy == 14 * kMillisecond);
}

TEST_CASE("overheads of nothing leave every number as it is, whatever else is random") {
  Scenario scenario = make_scenario({make_service("a", 5, Distribution::exponential(10 * kMillisecond))},
                                    {make_client("w", 0, PoissonArrivals{350})});
  scenario.network = NativeNetwork{Distribution::exponential(kMillisecond)};
  const Replication without = simulate(scenario);
  scenario.overheads = Overheads{};
  const Replication with = simulate(scenario);
  CHECK(identical(with.services[0], without.services[0]));
  // The draws of overheads are streams of their own.
  scenario.overheads = some_overheads();
  CHECK(simulate(scenario).services[0].requests == without.services[0].requests);
}
