// Instances whose own sidecar has a policy.
#include <catch2/catch.hpp>

#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

Scenario one_instance(const std::vector<double>& times, double service_ms = 10) {
  Scenario scenario = make_scenario({constant_service("s", service_ms)}, {trace_client(times)});
  scenario.services[0].inbound.emplace();
  return scenario;
}

PolicyConfig& inbound(Scenario& scenario) { return *scenario.services[0].inbound; }

TEST_CASE("an inbound policy without limits changes nothing") {
  Scenario scenario = make_scenario({make_service("s", 3, Distribution::exponential(10 * kMillisecond))},
                                    {make_client("c", 0, PoissonArrivals{200})}, std::chrono::seconds(20));
  scenario.faults = {make_fault(5000, 2000, CrashFault{}, 0, 1), make_fault(9000, 1000, ErrorFault{0.5}, 0, 0)};
  scenario.policies[0].config.timeout = 200 * kMillisecond;
  const Replication without = simulate(scenario);
  scenario.services[0].inbound.emplace();
  const Replication with = simulate(scenario);
  CHECK(with.services[0].requests == without.services[0].requests);
  CHECK(with.services[0].failures == without.services[0].failures);
  CHECK(with.services[0].success_latency.count() == without.services[0].success_latency.count());
  CHECK(with.services[0].success_latency.mean() == without.services[0].success_latency.mean());
  CHECK(with.services[0].success_latency.max() == without.services[0].success_latency.max());
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(with.services[0].endpoints[i].attempts == without.services[0].endpoints[i].attempts);
    CHECK(with.services[0].endpoints[i].busy == without.services[0].endpoints[i].busy);
  }
}

TEST_CASE("inbound limits have requests wait at the sidecar, and turn away what is too much") {
  Scenario scenario = one_instance({0, 1, 2, 3});
  scenario.services[0].concurrency = 10;
  inbound(scenario).limits.connections = 1;
  inbound(scenario).limits.pending = 2;
  const Replication run = simulate(scenario);
  CHECK(run.services[0].successes == 3);
  CHECK(failures(run.services[0], FailureKind::error_5xx) == 1);
  CHECK(run.services[0].success_latency.max() == 28 * kMillisecond);
  CHECK(run.services[0].failure_latency.max() == 0 * kMillisecond);
}

TEST_CASE("an inbound timeout answers 504 and frees the worker") {
  Scenario scenario = one_instance({0, 1}, 50);
  inbound(scenario).timeout = 20 * kMillisecond;
  scenario.services[0].concurrency = 1;
  const Replication run = simulate(scenario);
  CHECK(failures(run.services[0], FailureKind::error_5xx) == 2);
  CHECK(run.services[0].failure_latency.max() == 20 * kMillisecond);
  CHECK(run.services[0].endpoints[0].busy == 21 * kMillisecond);
}

TEST_CASE("what a client gives up leaves the sidecar and the instance") {
  Scenario scenario = one_instance({0, 1, 2, 40}, 30);
  inbound(scenario).limits.connections = 1;
  scenario.policies[0].config.timeout = 10 * kMillisecond;
  const Replication run = simulate(scenario);
  CHECK(failures(run.services[0], FailureKind::timeout) == 4);
  // The first one had the instance to 10 ms, the second one to 11 ms, the third one to 12 ms.
  CHECK(run.services[0].endpoints[0].busy == (12 + 10) * kMillisecond);
}

TEST_CASE("a crash resets what waits at the sidecar as well") {
  Scenario scenario = one_instance({0, 1, 2, 100});
  inbound(scenario).limits.connections = 1;
  scenario.faults = {make_fault(5, 20, CrashFault{}, 0, 0)};
  const Replication run = simulate(scenario);
  CHECK(failures(run.services[0], FailureKind::reset) == 3);
  CHECK(run.services[0].successes == 1);
}

TEST_CASE("an inbound deadline is what is left of the caller's") {
  Scenario scenario = one_instance({0}, 50);
  scenario.services.push_back(constant_service("front", 1));
  scenario.policies.resize(2);
  scenario.services[1].calls = {{0, 1.0}};
  scenario.clients[0].service = 1;
  scenario.policies[1].config.timeout = 30 * kMillisecond;
  const Replication run = simulate(scenario);
  CHECK(failures(run.services[1], FailureKind::timeout) == 1);
  CHECK(run.services[0].endpoints[0].busy == 29 * kMillisecond);
}

TEST_CASE("the more urgent requests pass where an inbound policy sheds by priority") {
  Scenario scenario = make_scenario({make_service("s", 1, Distribution::constant(10 * kMillisecond))},
                                    {make_client("urgent", 0, PoissonArrivals{70}), make_client("idle", 0, PoissonArrivals{150})},
                                    std::chrono::seconds(60));
  scenario.clients[0].urgency = 1;
  scenario.clients[1].urgency = 6;
  scenario.warmup = std::chrono::seconds(20);
  scenario.services[0].inbound.emplace();
  inbound(scenario).limits.connections = 1;
  const double fifo = static_cast<double>(simulate(scenario).services[0].success_latency.mean().count());
  inbound(scenario).admission.priority_shedding =
      PrioritySheddingConfig{30 * kMillisecond, 200 * kMillisecond, 0.1, 0.02};
  const Replication run = simulate(scenario);
  CHECK(static_cast<double>(run.services[0].success_latency.mean().count()) < fifo / 20);
  const auto succeeded = static_cast<double>(run.services[0].successes);
  CHECK(succeeded > 0.75 * 100 * 40);
}

TEST_CASE("instances whose service fluctuates are slow in the drawn stretches alone") {
  Scenario scenario = make_scenario({constant_service("s", 1, 2)}, {make_client("c", 0, DeterministicArrivals{1000})},
                                    std::chrono::seconds(100));
  scenario.services[0].fluctuation = FluctuationConfig{std::chrono::milliseconds(500), 3, 0.3};
  scenario.services[0].concurrency = 100;
  const Replication run = simulate(scenario);
  double slow = 0;
  double all = 0;
  for (const Histogram::Bucket& bucket : run.services[0].success_latency.buckets()) {
    all += static_cast<double>(bucket.count);
    slow += bucket.lower > 2 * kMillisecond ? static_cast<double>(bucket.count) : 0;
  }
  CHECK(run.services[0].success_latency.max() == 3 * kMillisecond);
  CHECK(slow / all == Approx(0.3).margin(3.9 * 0.46 / 20));  // 400 draws
}

TEST_CASE("calls in parallel end with the last one, or the first that fails") {
  Scenario scenario = make_scenario({constant_service("root", 1), constant_service("a", 10), constant_service("b", 25)},
                                    {trace_client({0})});
  scenario.services[0].calls = {{1, 1.0}, {2, 1.0, 3}};
  scenario.services[0].calls_in_parallel = true;
  scenario.services[2].concurrency = 2;
  const Replication run = simulate(scenario);
  CHECK(run.services[0].success_latency.max() == 51 * kMillisecond);
  CHECK(run.services[2].requests == 3);
  scenario.faults = {make_fault(0, 5, ErrorFault{1}, 1)};
  const Replication failed = simulate(scenario);
  CHECK(failures(failed.services[0], FailureKind::error_5xx) == 1);
  CHECK(failed.services[0].failure_latency.max() == 1 * kMillisecond);
  CHECK(failures(failed.services[2], FailureKind::cancelled) == 3);
  scenario.faults.clear();
  scenario.policies[0].config.timeout = 20 * kMillisecond;
  const Replication late = simulate(scenario);
  CHECK(failures(late.services[0], FailureKind::timeout) == 1);
  CHECK(late.services[1].successes == 1);
  CHECK(late.services[2].successes == 0);
  scenario.policies[0].config.timeout.reset();
  scenario.services[0].calls_in_parallel = false;
  CHECK(simulate(scenario).services[0].success_latency.max() == (1 + 10 + 3 * 25) * kMillisecond);
}

}  // namespace
}  // namespace meshtwin
