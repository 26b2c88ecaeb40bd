// What opening connections costs, by hand-made arrivals of which each latency is known, and by closed forms.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <utility>
#include <vector>

#include "core/config/connections.h"
#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

constexpr std::array kTypes{ConnectionType::pooled, ConnectionType::single, ConnectionType::short_lived};

Duration ms(double milliseconds) { return at_ms(milliseconds).time_since_epoch(); }

// One instance that takes 10 ms for any number of requests at once, and a network of 1 ms each way: a call takes 12 ms
// beside its handshake, of 2 ms a round trip.
Scenario calling(ConnectionsConfig connections, const std::vector<double>& times) {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client(times)});
  scenario.services[0].concurrency = 1000;
  scenario.network = NativeNetwork{Distribution::constant(ms(1))};
  scenario.clients[0].connections = connections;
  return scenario;
}

struct Run {
  std::vector<double> latencies;  // in milliseconds, by number of the call; negative: it failed
  std::vector<FailureKind> outcomes;
  ServiceTotals totals;
};

Run run(const Scenario& scenario) {
  CallLog log;
  SimulationOptions options;
  options.call_log = &log;
  RunControl control;
  Run out;
  out.totals = Simulation(scenario, options).run(control).services[0];
  for (const LoggedCall& call : log) {
    const double latency = to_milliseconds(call.latency);
    out.outcomes.push_back(call.failure);
    out.latencies.push_back(call.failure == FailureKind::none ? latency : -latency);
  }
  return out;
}

TEST_CASE("a short connection costs each request its handshake") {
  const std::uint32_t round_trips = GENERATE(1u, 2u, 3u);
  const Run short_lived =
      run(calling({.type = ConnectionType::short_lived, .handshake_round_trips = round_trips}, {0, 5, 100}));
  CHECK(short_lived.latencies == std::vector<double>(3, (round_trips + 1) * 2.0 + 10));
  CHECK(short_lived.totals.connections_opened == 3);
}

TEST_CASE("each message of a handshake has the network's own delay") {
  Scenario scenario = calling({.type = ConnectionType::short_lived, .handshake_round_trips = 2}, {});
  scenario.network = NativeNetwork{Distribution::exponential(ms(1))};
  scenario.clients[0].arrivals = PoissonArrivals{20'000};
  const ServiceTotals totals = run(scenario).totals;
  // Six messages: mean 6 ms, variance 6 ms²; four standard errors of 20,000 calls.
  CHECK(to_milliseconds(totals.success_latency.mean()) == Approx(16).margin(4 * std::sqrt(6.0 / 20'000)));
  CHECK(totals.connections_opened == totals.attempts);
}

TEST_CASE("a pooled connection is opened by who finds none idle, and kept until the idle timeout") {
  // 0 opens one, idle from 14 on; 23.999 uses it, idle from 35.999 on; 45.999 comes just when it is closed.
  const ConnectionsConfig pooled{.idle_timeout = ms(10)};
  const Run kept = run(calling(pooled, {0, 23.999, 45.999}));
  CHECK(kept.latencies == std::vector<double>{14, 12, 14});
  CHECK(kept.totals.connections_opened == 2);
}

TEST_CASE("the connection used last is used first, so that those of a burst become idle") {
  // Three at once, idle from 14.2 on. Then one at a time, each time the same one; then three again.
  const ConnectionsConfig pooled{.idle_timeout = ms(20)};
  CHECK(run(calling(pooled, {0, 0.1, 0.2, 20, 33, 40, 40.1, 40.2})).latencies ==
        std::vector<double>{14, 14, 14, 12, 12, 14, 14, 14});
  CHECK(run(calling(pooled, {0, 0.1, 0.2, 20, 33, 33.1, 33.2})).latencies ==
        std::vector<double>{14, 14, 14, 12, 12, 12, 12});
}

TEST_CASE("idle connections beyond the greatest number are closed") {
  const Run burst = run(calling({.idle_connections_max = 1}, {0, 0.1, 0.2, 20, 20.1, 20.2}));
  CHECK(burst.latencies == std::vector<double>{14, 14, 14, 12, 14, 14});
  const Run none = run(calling({.idle_connections_max = 0}, {0, 20}));
  CHECK(none.latencies == std::vector<double>{14, 14});
}

// Without queueing or delays calls never overlap: one pays when the one before it is longer ago than the timeout.
TEST_CASE("of Poisson calls to an idle pool, exp(-rate * timeout) open a connection") {
  const std::uint32_t sidecars = GENERATE(1u, 2u);
  Scenario scenario = calling({.idle_timeout = ms(10)}, {});
  scenario.services[0].service_time = Distribution();
  scenario.network = NativeNetwork{};
  scenario.duration = std::chrono::seconds(200);
  scenario.clients[0].arrivals = PoissonArrivals{100};
  scenario.clients[0].sidecars = sidecars;
  const ServiceTotals totals = run(scenario).totals;
  const double expected = std::exp(-1.0 / sidecars);
  const double share = double(totals.connections_opened) / double(totals.attempts);
  CHECK(share == Approx(expected).margin(4 * std::sqrt(expected * (1 - expected) / 20'000)));
}

TEST_CASE("a pool that never gets idle has as many connections as there were ever requests at once") {
  Scenario scenario = calling({.idle_timeout = std::chrono::hours(1)}, {});
  scenario.services[0].service_time = Distribution::exponential(ms(10));
  scenario.duration = std::chrono::seconds(20);
  scenario.clients[0].arrivals = PoissonArrivals{1000};
  CallLog log;
  SimulationOptions options;
  options.call_log = &log;
  RunControl control;
  const Replication result = Simulation(scenario, options).run(control);
  std::vector<std::pair<Time, int>> changes;
  for (const LoggedCall& call : log) {
    changes.emplace_back(call.due, 1);
    changes.emplace_back(call.due + call.latency, -1);
  }
  std::sort(changes.begin(), changes.end());
  int open = 0;
  int most = 0;
  for (const auto& [at, change] : changes) most = std::max(most, open += change);
  CHECK(most > 20);
  CHECK(result.services[0].connections_opened == static_cast<std::uint64_t>(most));
}

TEST_CASE("who comes while the shared connection is being opened waits for it") {
  const Run shared = run(calling({.type = ConnectionType::single, .handshake_round_trips = 2}, {0, 1, 3.5, 5}));
  CHECK(shared.latencies == std::vector<double>{16, 15, 12.5, 12});
  CHECK(shared.totals.connections_opened == 1);
}

TEST_CASE("streams beyond the greatest number wait in order, as in a queue of so many servers") {
  const ConnectionsConfig one_by_one{.type = ConnectionType::single, .max_concurrent_streams = 1};
  CHECK(run(calling(one_by_one, {0, 0.5, 1})).latencies == std::vector<double>{14, 25.5, 37});
  // M/M/1 at half its capacity: 1 ms / (1 - 0.5).
  Scenario scenario = calling(one_by_one, {});
  scenario.services[0].service_time = Distribution::exponential(ms(1));
  scenario.network = NativeNetwork{};
  scenario.duration = std::chrono::seconds(400);
  scenario.clients[0].arrivals = PoissonArrivals{500};
  CHECK(to_milliseconds(run(scenario).totals.success_latency.mean()) == Approx(2).epsilon(0.03));
}

TEST_CASE("each sidecar has connections of its own to each instance") {
  Scenario scenario = calling({.type = ConnectionType::single}, {});
  scenario.services[0].instances = 5;
  scenario.clients[0].sidecars = 3;
  scenario.clients[0].arrivals = PoissonArrivals{1000};
  CHECK(run(scenario).totals.connections_opened == 15);
}

TEST_CASE("where messages take no time, no type of connection changes anything") {
  Scenario scenario = make_scenario({make_service("a", 5, Distribution::exponential(ms(1)))},
                                    {make_client("web", 0, PoissonArrivals{3000})}, std::chrono::seconds(2));
  scenario.services[0].overrides = {};
  scenario.clients[0].sidecars = 2;
  scenario.policies[0].config.balancer = PeakEwmaConfig{};
  const ServiceTotals without = simulate(scenario).services[0];
  for (const ConnectionType type : kTypes) {
    scenario.clients[0].connections = ConnectionsConfig{.type = type};
    ServiceTotals with = simulate(scenario).services[0];
    CHECK(with.connections_opened > 0);
    with.connections_opened = 0;
    CHECK(identical(without, with));
  }
}

TEST_CASE("connections opened before the measured time aren't counted, as attempts aren't") {
  Scenario scenario = calling({}, {0, 0.1, 50, 50.1, 50.2});
  scenario.warmup = ms(20);
  CHECK(run(scenario).totals.connections_opened == 1);
}

TEST_CASE("timeouts run while a connection is being opened") {
  Scenario scenario = calling({.type = ConnectionType::short_lived}, {0});
  scenario.policies[0].config.timeout = ms(13);
  CHECK(run(scenario).outcomes == std::vector{FailureKind::timeout});
  scenario.policies[0].config.timeout.reset();
  scenario.policies[0].config.retry.per_try_timeout = ms(1.5);
  const Run unsent = run(scenario);
  CHECK(unsent.outcomes == std::vector{FailureKind::timeout});
  CHECK(unsent.totals.connections_opened == 0);
  CHECK(unsent.totals.endpoints[0].failures == 1);
  CHECK(unsent.totals.endpoints[0].busy == Duration::zero());
}

TEST_CASE("an attempt that is given up closes its pooled connection and leaves a shared one open") {
  const OnCancel on_cancel = GENERATE(OnCancel::stop, OnCancel::finish);
  for (const ConnectionType type : kTypes) {
    Scenario scenario = calling({.type = type}, {0, 30, 60});
    scenario.services[0].on_cancel = on_cancel;
    scenario.policies[0].config.timeout = ms(9);
    const Run given_up = run(scenario);
    CHECK(given_up.latencies == std::vector<double>{-9, -9, -9});
    CHECK(given_up.totals.connections_opened == (type == ConnectionType::single ? 1 : 3));
  }
}

TEST_CASE("a stream that is given up makes room for the next one, sent or not") {
  Scenario scenario = calling({.type = ConnectionType::single, .max_concurrent_streams = 1}, {0, 1, 20});
  scenario.policies[0].config.timeout = ms(9);
  // 0 is given up at 9, when 1 is sent, which is given up at 10.
  CHECK(run(scenario).latencies == std::vector<double>{-9, -9, -9});
  scenario.policies[0].config.timeout = ms(13);
  CHECK(run(scenario).latencies == std::vector<double>{-13, -13, 12});
}

TEST_CASE("a hedge that wins closes the pooled connection of the attempt that loses") {
  // In turn: 0 goes to a/1. 50 and 150 go to a/0, which takes 100 ms, and their hedges after 20 ms to a/1, whose
  // connection is idle.
  Scenario scenario = calling({}, {0, 50, 150});
  scenario.services[0].instances = 2;
  scenario.services[0].overrides = {{0, {}, {}, Distribution::constant(ms(100))}};
  scenario.policies[0].config.hedge = HedgeConfig{ms(20), 1};
  const Run hedged = run(scenario);
  CHECK(hedged.latencies == std::vector<double>{14, 32, 32});
  CHECK(hedged.totals.endpoints[0].attempts == 2);
  CHECK(hedged.totals.connections_opened == 3);
}

TEST_CASE("a crash closes connections: what is on them is reset, and new ones are refused until it ends") {
  for (const ConnectionType type : {ConnectionType::pooled, ConnectionType::single}) {
    // The connection is open from 2 on. 15 is inside at the crash at 20, 19.5 and 20.5 are on their way or sent before
    // the sidecar knows at 21. 22 finds nobody. 40 opens a new one.
    Scenario scenario = calling({.type = type}, {0, 15, 19.5, 20.5, 22, 40});
    scenario.faults = {make_fault(20, 10, CrashFault{})};
    const Run crashed = run(scenario);
    if (type == ConnectionType::pooled) {
      // 15 has the only connection: 19.5 and 20.5 open their own, and meet the crash with them.
      CHECK(crashed.latencies == std::vector<double>{14, -6, -2, -2, -2, 14});
      CHECK(crashed.outcomes[2] == FailureKind::connect);
      CHECK(crashed.outcomes[3] == FailureKind::connect);
    } else {
      CHECK(crashed.latencies == std::vector<double>{14, -6, -2, -2, -2, 14});
      CHECK(crashed.outcomes[2] == FailureKind::reset);
      CHECK(crashed.outcomes[3] == FailureKind::reset);
    }
    CHECK(crashed.outcomes[1] == FailureKind::reset);
    CHECK(crashed.outcomes[4] == FailureKind::connect);
    CHECK(crashed.totals.connections_opened == 2);
  }
}

TEST_CASE("an idle connection that a crash has closed resets who uses it before the sidecar knows") {
  // The instance is back at once, and its old connections aren't.
  Scenario scenario = calling({}, {0, 20.5, 25});
  scenario.faults = {make_fault(20, 0.1, CrashFault{})};
  const Run crashed = run(scenario);
  CHECK(crashed.latencies == std::vector<double>{14, -2, 14});
  CHECK(crashed.outcomes[1] == FailureKind::reset);
}

TEST_CASE("a crash during the handshake refuses it, at its next message") {
  // The second round trip arrives at 3.
  Scenario scenario = calling({.type = ConnectionType::single, .handshake_round_trips = 2}, {0, 1, 20});
  scenario.faults = {make_fault(2, 0.5, CrashFault{})};
  const Run crashed = run(scenario);
  CHECK(crashed.latencies == std::vector<double>{-4, -3, 16});
  CHECK(crashed.outcomes[1] == FailureKind::connect);
}

TEST_CASE("streams that wait for their turn on a connection that is lost go over the next one") {
  Scenario scenario = calling({.type = ConnectionType::single, .max_concurrent_streams = 1}, {0, 1});
  scenario.faults = {make_fault(5, 0.1, CrashFault{})};
  const Run crashed = run(scenario);
  // 0 is reset at 6, when the sidecar learns of the closed connection too: a new one is open at 8.
  CHECK(crashed.latencies == std::vector<double>{-6, 19});
  CHECK(crashed.totals.connections_opened == 2);
}

TEST_CASE("nobody answers in a blackhole: the connect timeout ends what waits for a connection") {
  for (const ConnectionType type : kTypes) {
    Scenario scenario = calling({.type = type, .connect_timeout = ms(5)}, {1, 3, 50});
    scenario.faults = {make_fault(0, 20, BlackholeFault{})};
    const Run silent = run(scenario);
    const bool shared = type == ConnectionType::single;
    CHECK(silent.latencies == std::vector<double>{-5, shared ? -3.0 : -5.0, 14});
    CHECK(silent.outcomes[1] == FailureKind::connect);
    CHECK(silent.totals.connections_opened == 1);
  }
}

TEST_CASE("a shared connection outlasts a blackhole, a pooled one the attempts on it don't") {
  for (const ConnectionType type : {ConnectionType::pooled, ConnectionType::single}) {
    Scenario scenario = calling({.type = type}, {0, 25, 50});
    scenario.policies[0].config.timeout = ms(15);
    scenario.faults = {make_fault(20, 10, BlackholeFault{})};
    const Run silent = run(scenario);
    CHECK(silent.latencies == std::vector<double>{14, -15, type == ConnectionType::single ? 12.0 : 14.0});
  }
}

TEST_CASE("an instance that has left and drained closes its connections, and serves what is inside") {
  // Gone at 22: 21 is served; 21.5 arrives when its connection is closed; 25 isn't let in.
  Scenario scenario = calling({.type = ConnectionType::single}, {0, 20, 21.5, 25});
  MembershipChange change;
  change.at = at_ms(20);
  change.leave = {0};
  change.drain = ms(2);
  scenario.changes = {change};
  scenario.discovery_delay = Distribution::constant(ms(100));
  const Run left = run(scenario);
  CHECK(left.latencies == std::vector<double>{14, 12, -2, -2});
  CHECK(left.outcomes[2] == FailureKind::reset);
  CHECK(left.outcomes[3] == FailureKind::connect);
}

TEST_CASE("a service's own calls have its connections") {
  Scenario scenario = make_scenario({constant_service("front", 1), constant_service("back", 10)}, {trace_client({0, 50})});
  scenario.services[0].calls = {{1, 1.0}};
  scenario.services[0].connections = ConnectionsConfig{.handshake_round_trips = 3};
  scenario.network = NativeNetwork{Distribution::constant(ms(1))};
  const Run through = run(scenario);
  CHECK(through.latencies == std::vector<double>{21, 15});
  CHECK(through.totals.connections_opened == 0);
  CHECK(simulate(scenario).services[1].connections_opened == 1);
}

TEST_CASE("a machine's overheads are added to messages, not to handshakes") {
  Scenario scenario = calling({}, {0, 50});
  scenario.overheads.emplace();
  scenario.overheads->request_path = Distribution::constant(ms(0.25));
  CHECK(run(scenario).latencies == std::vector<double>{14.25, 12.25});
}

}  // namespace
}  // namespace meshtwin
