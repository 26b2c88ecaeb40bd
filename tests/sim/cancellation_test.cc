// Calls that are given up: what becomes of their requests in the server.
#include <catch2/catch.hpp>

#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

// One worker, 10 ms a request, calls given up after 4 ms; the second one comes when the first one is given
// up.
Scenario impatient(OnCancel on_cancel, std::vector<double> times) {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client(times)});
  scenario.services[0].on_cancel = on_cancel;
  scenario.policies[0].config.timeout = 4 * kMillisecond;
  return scenario;
}

// The same calls through a service without any work of its own, and beside them patient ones to the server
// itself.
Scenario with_patient(Scenario scenario, const std::vector<double>& times) {
  ServiceConfig proxy = make_service("proxy", 1, Distribution());
  proxy.concurrency = 100;
  proxy.calls = {{0, 1.0}};
  scenario.services.push_back(proxy);
  scenario.policies.push_back(scenario.policies[0]);
  scenario.policies[0].config.timeout.reset();
  scenario.clients[0].service = 1;
  scenario.clients.push_back(trace_client(times, 0, "patient"));
  return scenario;
}

// How long a patient call waits, which shows when the worker is free.
Duration wait_beside(const Scenario& scenario, double at) {
  return simulate(with_patient(scenario, {at})).services[0].success_latency.max() - 10 * kMillisecond;
}

TEST_CASE("a server that stops frees its worker, one that finishes wastes it") {
  CHECK(wait_beside(impatient(OnCancel::stop, {0}), 1) == 3 * kMillisecond);
  CHECK(wait_beside(impatient(OnCancel::finish, {0}), 1) == 9 * kMillisecond);
}

TEST_CASE("a request given up while it waits takes no worker when the server stops") {
  // 0 and 1 are given up at 4 and 5, served and waiting.
  CHECK(wait_beside(impatient(OnCancel::stop, {0, 1}), 2) == 3 * kMillisecond);
  CHECK(wait_beside(impatient(OnCancel::finish, {0, 1}), 2) == 18 * kMillisecond);
}

TEST_CASE("a place in the queue is free again when its request is given up") {
  // The worker is taken until 10; 1 waits, is given up at 5, and leaves its place to 5.5.
  for (const OnCancel on_cancel : {OnCancel::stop, OnCancel::finish}) {
    Scenario scenario = with_patient(impatient(on_cancel, {1, 5.5}), {0});
    scenario.services[0].queue = 1;
    const ServiceTotals totals = simulate(scenario).services[0];
    CHECK(totals.successes == 1);
    CHECK(failures(totals, FailureKind::error_5xx) == (on_cancel == OnCancel::stop ? 0 : 1));
  }
}

TEST_CASE("given up during processor sharing, a request leaves its share to the other at once") {
  Scenario scenario = impatient(OnCancel::stop, {0});
  scenario.services[0].discipline = Discipline::processor_sharing;
  CHECK(wait_beside(scenario, 0) == 2 * kMillisecond);
  scenario.services[0].on_cancel = OnCancel::finish;
  CHECK(wait_beside(scenario, 0) == 10 * kMillisecond);
}

TEST_CASE("hedges share a server by processor sharing, and are taken back") {
  Scenario scenario = make_scenario({constant_service("a", 10, 1)}, {trace_client({0, 0})});
  scenario.services[0].discipline = Discipline::processor_sharing;
  scenario.policies[0].config.hedge = HedgeConfig{4 * kMillisecond, 1};
  // Each call's hedge goes to the one instance as well: four requests share it from 4 on, when 2 of 10 ms are
  // done. At 36 the first ones end, and their hedges are taken back.
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.success_latency.min() == 36 * kMillisecond);
  CHECK(totals.success_latency.max() == 36 * kMillisecond);
  CHECK(totals.attempts == 4);
}

TEST_CASE("a cancel that overtakes its request, and one that comes after the answer, do no harm") {
  Scenario scenario = make_scenario({make_service("a", 2, Distribution::exponential(kMillisecond))},
                                    {make_client("c", 0, PoissonArrivals{1500})}, std::chrono::seconds(20));
  scenario.network = NativeNetwork{Distribution::exponential(2 * kMillisecond)};
  scenario.policies[0].config.retry.per_try_timeout = 3 * kMillisecond;
  scenario.policies[0].config.retry.max_attempts = 4;
  scenario.policies[0].config.retry.on = RetryOn::timeout;
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.requests == totals.successes + failures(totals, FailureKind::timeout));
  CHECK(totals.failures[kUnfinished] == 0);
  std::uint64_t attempts = 0;
  std::uint64_t failed = 0;
  for (const EndpointTotals& endpoint : totals.endpoints) {
    attempts += endpoint.attempts;
    failed += endpoint.failures;
  }
  CHECK(attempts == totals.attempts);
  CHECK(attempts - failed == totals.successes);
}

}  // namespace
}  // namespace meshtwin
