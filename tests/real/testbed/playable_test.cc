#include "real/testbed/playable.h"

#include <catch2/catch.hpp>

#include "tests/support/scenario_parts.h"

namespace meshtwin {
namespace {

Scenario fine() {
  return make_scenario({constant_service("a", 1)}, {make_client("web", 0, PoissonArrivals{100})});
}

std::string problem(const Scenario& scenario) {
  const Result<bool> playable = check_playable(scenario, "shop.json");
  return playable ? "" : playable.error().message;
}

TEST_CASE("what can't be played for real is named, all of it in one line") {
  CHECK(problem(fine()).empty());
  Scenario scenario = fine();
  scenario.network = SimgridNetwork{};
  scenario.services.push_back(constant_service("b", 1));
  scenario.services[0].discipline = Discipline::processor_sharing;
  scenario.services[0].calls.push_back({1, 1.0});
  scenario.services[1].response_bytes = 20'000'000;
  scenario.changes.push_back({});
  CHECK(problem(scenario) ==
        "shop.json: can't be played for real: $.network: the simgrid model (give native), "
        "$.services.a.discipline: processor_sharing (give fifo), $.services.a.calls: services that call "
        "services, "
        "$.services.b.response_bytes: 20000000 bytes (at most 10000000), $.changes: instances that join or "
        "leave");
}

TEST_CASE("instances with sidecars of their own can't be silenced for real") {
  Scenario scenario = fine();
  scenario.services.push_back(constant_service("b", 1));
  scenario.policies.resize(2);
  scenario.services[1].inbound = PolicyConfig{};
  CHECK(problem(scenario).empty());
  scenario.faults.push_back({at_ms(1), {}, 0, {}, CrashFault{}});
  scenario.faults.push_back({at_ms(1), {}, 1, {}, SlowFault{2}});
  CHECK(problem(scenario).empty());
  scenario.faults.push_back({at_ms(1), {}, 1, {}, BlackholeFault{}});
  scenario.services[1].inbound->balancer = MaglevConfig{};
  CHECK(problem(scenario).find("$.services.b.inbound.balancer: one by key") != std::string::npos);
  scenario.services[1].inbound = PolicyConfig{};
  CHECK(problem(scenario) ==
        "shop.json: can't be played for real: $.faults[2]: a crash or blackhole of b, whose instances have sidecars of "
        "their own");
}

TEST_CASE("the proxy has a connection to each request: shared ones can't be played") {
  Scenario scenario = fine();
  ConnectionsConfig& connections = scenario.clients[0].connections.emplace();
  CHECK(problem(scenario).empty());
  connections.type = ConnectionType::single;
  CHECK(problem(scenario) ==
        "shop.json: can't be played for real: $.clients.web.connections.type: single, where the proxy has a connection "
        "to each request (give pooled)");
  connections.idle_timeout = std::chrono::seconds(1);
  connections.type = ConnectionType::short_lived;
  CHECK(problem(scenario).empty());
  connections.type = ConnectionType::pooled;
  CHECK(problem(scenario) ==
        "shop.json: can't be played for real: $.clients.web.connections.idle_timeout: 1s (at least 10s, as the proxy looks "
        "once a second)");
}

TEST_CASE("whose handshake it is, and what a blackhole does with it, can't be played either") {
  Scenario scenario = fine();
  scenario.clients[0].connections.emplace();
  scenario.clients.push_back(make_client("app", 0, PoissonArrivals{1}));
  CHECK(problem(scenario) ==
        "shop.json: can't be played for real: $.clients.app.connections: handshakes that differ from those of another "
        "client of a (give both the same)");
  scenario.clients[1].connections.emplace();
  CHECK(problem(scenario).empty());
  scenario.clients.pop_back();
  scenario.faults.push_back({at_ms(1), {}, 0, {}, CrashFault{}});
  CHECK(problem(scenario).empty());
  scenario.faults.push_back({at_ms(1), {}, 0, {}, BlackholeFault{}});
  CHECK(problem(scenario) ==
        "shop.json: can't be played for real: $.faults[1]: a blackhole of a, to which connections are opened (leave the "
        "connections out)");
  scenario.faults.clear();
  scenario.services[0].inbound = PolicyConfig{};
  CHECK(problem(scenario) ==
        "shop.json: can't be played for real: $.clients.web.connections: to instances with sidecars of their own (leave "
        "connections or inbound out)");
}

TEST_CASE("so is what is too long or too large for one machine") {
  Scenario scenario = fine();
  scenario.duration = std::chrono::hours(1);
  scenario.services[0].instances = 201;
  scenario.clients[0].sidecars = 17;
  scenario.clients[0].arrivals = OnOffArrivals{30'000, 0, kMillisecond, kMillisecond};
  scenario.clients.push_back(make_client("people", 0, ClosedArrivals{2001, {}}));
  CHECK(problem(scenario) ==
        "shop.json: can't be played for real: $.duration: 1h (at most 30m), $.services: 201 instances (at "
        "most 200), "
        "$.clients: 18 sidecars, a process each (at most 16), $.clients: 2001 users (at most 2000), "
        "$.clients: 30000 calls/s at the peak (at most 20000)");
  scenario = fine();
  scenario.duration = std::chrono::minutes(20);
  scenario.clients[0].arrivals = DeterministicArrivals{10'000};
  CHECK(problem(scenario).find("$.clients: 12000000 calls (at most 5000000; give a shorter duration)") !=
        std::string::npos);
}

TEST_CASE("the peak of a rate is within the run's time") {
  const Duration second = std::chrono::seconds(1);
  const VaryingArrivals steps{false, {{at_ms(0), 5}, {at_ms(500), 50}, {at_ms(1000), 500}}};
  CHECK(peak_rate(steps, second) == 50);
  CHECK(peak_rate(TraceArrivals{"", {at_ms(1), at_ms(2), at_ms(1000)}}, second) == 2);
  CHECK(peak_rate(ClosedArrivals{}, second) == 0);
}

}  // namespace
}  // namespace meshtwin
