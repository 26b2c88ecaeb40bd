// Workers and the bounded queue of an instance.
#include <catch2/catch.hpp>

#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

TEST_CASE("requests beyond workers and queue are answered 503 at once") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({0, 1, 2, 3, 4, 11})});
  scenario.services[0].concurrency = 2;
  scenario.services[0].queue = 1;
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.successes == 4);  // 0 and 1 at once, 2 after 0, 11 after 1
  CHECK(failures(totals, FailureKind::error_5xx) == 2);
  CHECK(totals.failure_latency.max() == Duration::zero());
  CHECK(totals.success_latency.max() == 18 * kMillisecond);
  CHECK(totals.endpoints[0].demand == 40 * kMillisecond);
}

TEST_CASE("without a bound everything waits, first in first out") {
  const Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({0, 1, 2, 3})});
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.successes == 4);
  CHECK(totals.success_latency.max() == 37 * kMillisecond);
}

TEST_CASE("processor sharing with a bound: concurrency and queue together limit what is inside") {
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({0, 0, 0, 0})});
  scenario.services[0].discipline = Discipline::processor_sharing;
  scenario.services[0].queue = 2;
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.successes == 3);
  CHECK(totals.success_latency.min() == 30 * kMillisecond);
}

TEST_CASE("instances may differ from their service") {
  Scenario scenario = make_scenario({constant_service("a", 10, 2)}, {trace_client({0, 0, 0, 0})});
  InstanceOverride own;
  own.instance = 1;
  own.concurrency = 2;
  own.service_time = Distribution::constant(3 * kMillisecond);
  scenario.services[0].overrides = {own};
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.endpoints[0].demand == 20 * kMillisecond);
  CHECK(totals.endpoints[1].demand == 6 * kMillisecond);
  CHECK(totals.success_latency.max() == 20 * kMillisecond);
  CHECK(totals.success_latency.mean() == 9 * kMillisecond);  // 10, 20, 3, 3
}

TEST_CASE("arrivals happen before the end of the run alone") {
  const Scenario scenario =
      make_scenario({constant_service("a", 1, 9)}, {trace_client({0, 500, 999.9, 1000, 1001})});
  CHECK(simulate(scenario).services[0].requests == 3);
}

}  // namespace
}  // namespace meshtwin
