// Instances that join and leave, and clients that learn of it later.
#include <catch2/catch.hpp>

#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

std::vector<double> every_millisecond(int count) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) times.push_back(i + 0.5);
  return times;
}

Scenario changing(MembershipChange change, double delay_ms) {
  Scenario scenario = make_scenario({constant_service("a", 0.1, 2)}, {trace_client(every_millisecond(400))});
  change.at = at_ms(100);
  scenario.changes = {change};
  scenario.discovery_delay = Distribution::constant(at_ms(delay_ms).time_since_epoch());
  return scenario;
}

TEST_CASE("who joins gets traffic only once the clients know of it") {
  MembershipChange change;
  change.join = 2;
  const ServiceTotals totals = simulate(changing(change, 100)).services[0];
  REQUIRE(totals.endpoints.size() == 4);
  CHECK(totals.endpoints[0].attempts == 150);
  CHECK(totals.endpoints[1].attempts == 150);
  CHECK(totals.endpoints[2].attempts == 50);
  CHECK(totals.endpoints[3].attempts == 50);
  CHECK(simulate(changing(change, 0)).services[0].endpoints[2].attempts == 75);
}

TEST_CASE("a fault of the whole service holds for who joins while it lasts") {
  MembershipChange change;
  change.join = 1;
  Scenario scenario = changing(change, 0);
  FaultConfig fault;
  fault.at = at_ms(50);
  fault.lasts = 150 * kMillisecond;
  fault.kind = ErrorFault{1.0};
  scenario.faults = {fault};
  const ServiceTotals totals = simulate(scenario).services[0];
  // All of the calls due between 50 and 200 ms fail, wherever they go, and none of the others.
  CHECK(totals.failures[static_cast<std::size_t>(FailureKind::error_5xx)] == 150);
  CHECK(totals.endpoints[2].failures > 0);
}

TEST_CASE("who leaves serves while it drains, and then refuses clients that don't know yet") {
  MembershipChange change;
  change.leave = {0};
  change.drain = 40 * kMillisecond;
  const ServiceTotals totals = simulate(changing(change, 100)).services[0];
  CHECK(totals.endpoints[0].attempts == 100);  // every second one until 200
  CHECK(totals.endpoints[0].failures == 30);   // of those from 140 on
  CHECK(failures(totals, FailureKind::connect) == 30);
  CHECK(totals.endpoints[1].attempts == 300);
}

TEST_CASE("what is inside an instance that closes is served to the end") {
  Scenario scenario = make_scenario({constant_service("a", 10, 2)}, {trace_client({98, 99})});
  MembershipChange change;
  change.at = at_ms(100);
  change.leave = {0, 1};
  change.drain = kMillisecond;
  scenario.changes = {change};
  CHECK(simulate(scenario).services[0].successes == 2);
}

TEST_CASE("calls find nobody once every instance has left") {
  MembershipChange change;
  change.leave = {0, 1};
  const ServiceTotals totals = simulate(changing(change, 100)).services[0];
  CHECK(failures(totals, FailureKind::unavailable) == 200);
  CHECK(totals.successes == 200);
}

TEST_CASE("news that are overtaken by newer ones are dropped") {
  MembershipChange change;
  change.join = 1;
  Scenario scenario = changing(change, 0);
  scenario.clients[0].sidecars = 50;
  scenario.discovery_delay = Distribution::uniform({}, 50 * kMillisecond);
  for (int i = 1; i < 10; ++i) {
    change.at = at_ms(100 + i);
    scenario.changes.push_back(change);
  }
  const ServiceTotals totals = simulate(scenario, 1, true).services[0];
  REQUIRE(totals.endpoints.size() == 12);
  // From 160 on each sidecar knows all twelve.
  for (const EndpointTotals& endpoint : totals.endpoints) CHECK(endpoint.attempts > 0);
}

TEST_CASE("callers inside the mesh learn of a change as late as clients do") {
  Scenario scenario = make_scenario({constant_service("front", 0.1, 1), constant_service("back", 0.1, 1)},
                                    {trace_client({150.5, 151.5, 250.5, 251.5})});
  scenario.services[0].calls = {{1, 1.0}};
  MembershipChange change;
  change.at = at_ms(100);
  change.service = 1;
  change.join = 1;
  scenario.changes = {change};
  scenario.discovery_delay = Distribution::constant(100 * kMillisecond);
  const ServiceTotals back = simulate(scenario).services[1];
  CHECK(back.endpoints[0].attempts == 3);
  CHECK(back.endpoints[1].attempts == 1);
}

}  // namespace
}  // namespace meshtwin
