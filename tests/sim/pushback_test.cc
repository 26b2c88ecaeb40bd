// Answers that say when the request is wanted again, by hand-made arrivals of which each outcome is known.
#include <catch2/catch.hpp>

#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

constexpr Duration kNeverAgain{-1};

// Refused until 100 ms, served from then on.
Scenario refused_at_first(RefusalConfig answer) {
  Scenario scenario = make_scenario({constant_service("a", 1)}, {trace_client({10})});
  scenario.faults = {make_fault(0, 100, ErrorFault{1, answer})};
  PolicyConfig& policy = scenario.policies[0].config;
  policy.retry.max_attempts = 4;
  policy.retry.on = RetryOn::error_5xx | RetryOn::status_429;
  return scenario;
}

TEST_CASE("a retry waits for as long as the instance wishes") {
  const ServiceTotals totals = simulate(refused_at_first({503, 40 * kMillisecond})).services[0];
  CHECK(totals.successes == 1);
  CHECK(totals.attempts == 4);  // at 10, 50, 90 and 130
  CHECK(totals.success_latency.max() == 121 * kMillisecond);
  CHECK(totals.endpoints[0].failures == 3);
}

TEST_CASE("a wish takes the place of the backoff, and none leaves it") {
  Scenario scenario = refused_at_first({429, 95 * kMillisecond});
  scenario.policies[0].config.retry.backoff =
      ExponentialBackoff{3000 * kMillisecond, 3000 * kMillisecond, ExponentialBackoff::Jitter::none};
  CHECK(simulate(scenario).services[0].success_latency.max() == 96 * kMillisecond);
  std::get<ErrorFault>(scenario.faults[0].kind).answer.retry_after.reset();
  CHECK(simulate(scenario).services[0].success_latency.max() == 3001 * kMillisecond);
}

TEST_CASE("an instance that doesn't want it again has no retry") {
  for (const std::uint16_t status : {std::uint16_t{429}, std::uint16_t{503}}) {
    const ServiceTotals totals = simulate(refused_at_first({status, kNeverAgain})).services[0];
    CHECK(totals.attempts == 1);
    CHECK(failures(totals, status == 429 ? FailureKind::throttled : FailureKind::error_5xx) == 1);
  }
}

TEST_CASE("a wish beyond the deadline has no retry") {
  Scenario scenario = refused_at_first({503, 40 * kMillisecond});
  scenario.policies[0].config.timeout = 40 * kMillisecond;
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.attempts == 1);
  CHECK(failures(totals, FailureKind::error_5xx) == 1);
  CHECK(totals.failure_latency.max() == 0 * kMillisecond);
}

TEST_CASE("a full queue answers what it is told to") {
  // 0 is served until 10, 1 waits, 2 and 3 find the queue full and come again at 22 and 23, when it is empty.
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({0, 1, 2, 3})});
  scenario.services[0].queue = 1;
  scenario.services[0].overflow = {429, 20 * kMillisecond};
  scenario.policies[0].config.retry.max_attempts = 2;
  scenario.policies[0].config.retry.on = RetryOn::status_429;
  for (const Discipline discipline : {Discipline::fifo, Discipline::processor_sharing}) {
    scenario.services[0].discipline = discipline;
    const ServiceTotals totals = simulate(scenario).services[0];
    CHECK(totals.successes == 4);
    CHECK(totals.attempts == 6);
    CHECK(totals.endpoints[0].failures == 2);
  }
}

TEST_CASE("who is answered 429 wasn't served, whether the policy retries that or not") {
  Scenario scenario = refused_at_first({429});
  scenario.policies[0].config.retry.on = RetryOn::error_5xx;
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.successes == 0);
  CHECK(failures(totals, FailureKind::throttled) == 1);
  CHECK(totals.endpoints[0].failures == 0);
}

TEST_CASE("an instance's wish passes its own sidecar, whose own refusals have none") {
  Scenario scenario = refused_at_first({503, 95 * kMillisecond});
  scenario.services[0].inbound.emplace();
  CHECK(simulate(scenario).services[0].success_latency.max() == 96 * kMillisecond);
  scenario.services[0].inbound->timeout = 5 * kMillisecond;
  scenario.services[0].service_time = Distribution::constant(50 * kMillisecond);
  scenario.faults.clear();
  const ServiceTotals late = simulate(scenario).services[0];
  CHECK(late.attempts == 4);
  CHECK(late.failure_latency.max() == 20 * kMillisecond);
}

TEST_CASE("a caller of a service that pushes back fails with it") {
  Scenario scenario = make_scenario({constant_service("root", 1), constant_service("leaf", 1)}, {trace_client({0})});
  scenario.services[0].calls = {{1, 1.0}};
  scenario.faults = {make_fault(0, {}, ErrorFault{1, {429}}, 1)};
  const Replication run = simulate(scenario);
  CHECK(failures(run.services[1], FailureKind::throttled) == 1);
  CHECK(failures(run.services[0], FailureKind::error_5xx) == 1);
}

}  // namespace
}  // namespace meshtwin
