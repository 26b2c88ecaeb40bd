// One seed, one result; what has nothing to do with each other doesn't disturb each other; common random
// numbers.
#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/fifo_station.h"
#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

// A bit of everything: two services, calls downstream, retries, hedges, faults, membership, random network
// latency.
Scenario busy_scenario() {
  const Distribution time = Distribution::exponential(kMillisecond);
  Scenario scenario = make_scenario({make_service("front", 5, time), make_service("back", 5, time)},
                                    {make_client("web", 0, PoissonArrivals{3000})}, std::chrono::seconds(3));
  scenario.services[0].calls = {{1, 0.5}};
  scenario.services[0].calls_hold_worker = false;
  scenario.clients[0].sidecars = 3;
  scenario.network = NativeNetwork{Distribution::lognormal(std::chrono::microseconds(200), 0.5)};
  for (ServicePolicy& policy : scenario.policies) {
    policy.config.balancer = LeastRequestConfig{};
    policy.config.timeout = std::chrono::milliseconds(50);
    policy.config.retry.max_attempts = 3;
    policy.config.retry.per_try_timeout = std::chrono::milliseconds(10);
    policy.config.retry.on = RetryOn::connect | RetryOn::reset | RetryOn::error_5xx | RetryOn::timeout;
    policy.config.retry.backoff = ExponentialBackoff{};
    policy.config.hedge = HedgeConfig{std::chrono::milliseconds(5), 1};
  }
  scenario.faults = {make_fault(500, 300, CrashFault{}, 0, 1), make_fault(700, 900, ErrorFault{0.2}, 1),
                     make_fault(1500, 400, BlackholeFault{}, 1, 2), make_fault(1600, 500, SlowFault{3}, 0)};
  MembershipChange change;
  change.at = at_ms(1000);
  change.join = 2;
  change.leave = {0};
  scenario.changes = {change};
  scenario.discovery_delay = Distribution::exponential(100 * kMillisecond);
  return scenario;
}

bool identical(const Replication& a, const Replication& b) {
  if (a.events != b.events || a.ended_at != b.ended_at || a.services.size() != b.services.size())
    return false;
  for (std::size_t i = 0; i < a.services.size(); ++i) {
    if (!meshtwin::identical(a.services[i], b.services[i])) return false;
  }
  return true;
}

TEST_CASE("the same seed gives the same result, another seed another one") {
  const Scenario scenario = busy_scenario();
  const Replication once = simulate(scenario, 7, true);
  CHECK(once.services[0].requests > 8000);
  CHECK(identical(once, simulate(scenario, 7, true)));
  CHECK_FALSE(identical(once, simulate(scenario, 8, true)));
}

// Probes cost nothing here, and have delays of their own.
TEST_CASE("a shadow changes nothing of a run, even one that probes beside a policy that does") {
  const bool with_overheads = GENERATE(false, true);
  for (const BalancerConfig& balancer :
       {BalancerConfig(LeastRequestConfig{}), BalancerConfig(PrequalConfig{}), BalancerConfig(C3Config{}),
        BalancerConfig(OrcaWeightedRoundRobinConfig{})}) {
    Scenario scenario = busy_scenario();
    if (with_overheads) scenario.overheads.emplace().request_path = Distribution::exponential(100 * kMillisecond / 1000);
    for (ServicePolicy& policy : scenario.policies) policy.config.balancer = balancer;
    const Replication plain = simulate(scenario, 7, true);
    for (ServicePolicy& policy : scenario.policies) {
      policy.config.shadow = ShadowConfig{PrequalConfig{}, WindowBreakerConfig{}, {}, {5, 4, 20, 2}, {}};
      policy.config.shadow->admission.codel = CoDelConfig{};
    }
    const Replication shadowed = simulate(scenario, 7, true);
    for (std::size_t i = 0; i < plain.services.size(); ++i) {
      CHECK(shadowed.services[i].shadow[ShadowCounters::probes] > 10'000);
      CHECK(meshtwin::identical(plain.services[i], shadowed.services[i]));
    }
  }
}

TEST_CASE("simulations in other threads don't change a result") {
  const Scenario scenario = busy_scenario();
  const Replication alone = simulate(scenario, 7);
  std::vector<Replication> together(6);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < together.size(); ++i) {
    threads.emplace_back([&, i] { together[i] = simulate(scenario, 7 + i % 2); });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < together.size(); i += 2) CHECK(identical(alone, together[i]));
  CHECK(identical(together[1], together[5]));
}

TEST_CASE("with connections, the same seed gives the same result as well, whatever else runs") {
  const ConnectionType type =
      GENERATE(ConnectionType::pooled, ConnectionType::single, ConnectionType::short_lived);
  Scenario scenario = busy_scenario();
  ConnectionsConfig connections{.type = type, .connect_timeout = std::chrono::milliseconds(20),
                                .idle_timeout = std::chrono::milliseconds(3)};
  if (type == ConnectionType::single) connections.max_concurrent_streams = 4;
  scenario.clients[0].connections = scenario.services[0].connections = connections;
  const Replication alone = simulate(scenario, 7);
  CHECK(alone.services[0].successes > 7000);
  CHECK(alone.services[0].connections_opened > 0);
  CHECK(alone.services[1].connections_opened > 0);
  for (const ServiceTotals& totals : alone.services) CHECK(totals.failures[kUnfinished] == 0);
  std::vector<Replication> together(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < together.size(); ++i) {
    threads.emplace_back([&, i] { together[i] = simulate(scenario, 7 + i % 2); });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < together.size(); i += 2) CHECK(identical(alone, together[i]));
  CHECK_FALSE(identical(alone, together[1]));
}

TEST_CASE("recording a time series changes nothing else") {
  const Replication plain = simulate(busy_scenario(), 7);
  Replication with_series = simulate(busy_scenario(), 7, true);
  for (ServiceTotals& totals : with_series.services) totals.slices.clear();
  for (std::size_t i = 0; i < 2; ++i) CHECK(meshtwin::identical(plain.services[i], with_series.services[i]));
}

TEST_CASE("an unrelated service and its client change nothing for the others") {
  const Replication alone = simulate(busy_scenario(), 7);
  Scenario more = busy_scenario();
  more.services.push_back(make_service("other", 3, Distribution::exponential(kMillisecond)));
  more.policies.emplace_back();
  more.clients.insert(more.clients.begin(), make_client("another", 2, PoissonArrivals{500}));
  more.faults.insert(more.faults.begin(), make_fault(100, 500, SlowFault{2}, 2));
  MembershipChange change;
  change.at = at_ms(300);
  change.service = 2;
  change.join = 1;
  more.changes.insert(more.changes.begin(), change);
  const Replication beside = simulate(more, 7);
  for (std::size_t i = 0; i < 2; ++i) CHECK(meshtwin::identical(alone.services[i], beside.services[i]));
}

TEST_CASE("a station of one server equals Lindley's recursion request by request") {
  for (const double cv : {1.0, 3.0}) {
    Scenario scenario =
        make_scenario({make_service("a", 1, Distribution::hyperexponential(kMillisecond, cv))},
                      {make_client("c", 0, PoissonArrivals{900})}, std::chrono::seconds(100));
    scenario.warmup = std::chrono::seconds(10);
    Histogram expected;
    Duration busy{};
    visit_fifo(scenario, 5, [&](const FifoRequest& request) {
      if (request.due < Time(scenario.warmup)) return;
      expected.record(request.wait + request.service);
      busy += request.service;
    });
    const ServiceTotals totals = simulate(scenario, 5).services[0];
    CHECK(totals.requests > 80'000);
    CHECK(totals.success_latency.data() == expected.data());
    CHECK(totals.endpoints[0].demand == busy);
  }
}

TEST_CASE("another balancer meets the same arrivals and the same demands") {
  Scenario scenario = make_scenario({make_service("a", 10, Distribution::exponential(kMillisecond))},
                                    {make_client("c", 0, PoissonArrivals{9000})}, std::chrono::seconds(2));
  Duration demand{};
  std::uint64_t requests = 0;
  for (const BalancerConfig& balancer : {BalancerConfig{RandomConfig{}}, BalancerConfig{RoundRobinConfig{}},
                                         BalancerConfig{LeastRequestConfig{}}}) {
    scenario.policies[0].config.balancer = balancer;
    const ServiceTotals totals = simulate(scenario, 3).services[0];
    Duration sum{};
    for (const EndpointTotals& endpoint : totals.endpoints) sum += endpoint.demand;
    if (requests == 0) {
      requests = totals.requests;
      demand = sum;
    }
    CHECK(totals.requests == requests);
    CHECK(sum == demand);
  }
  // Without any waiting each response time is its demand, whoever serves it.
  scenario.services[0].concurrency = 10'000;
  const auto random = simulate(scenario, 3).services[0].success_latency.data();
  scenario.policies[0].config.balancer = RandomConfig{};
  CHECK(random == simulate(scenario, 3).services[0].success_latency.data());
}

}  // namespace
}  // namespace meshtwin
