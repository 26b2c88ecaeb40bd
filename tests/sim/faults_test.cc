// What faults do to the requests of an instance, by hand-made arrivals of which each outcome is known.
#include <catch2/catch.hpp>

#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

TEST_CASE("a crash resets what is inside, refuses what comes, and ends with a restart") {
  // At 1: served until the crash at 5, and 2 waits behind it. 6 finds nobody. 10.5 finds the restarted
  // instance, empty.
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1, 2, 6, 10.5})});
  scenario.faults = {make_fault(5, 5, CrashFault{})};
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(failures(totals, FailureKind::reset) == 2);
  CHECK(failures(totals, FailureKind::connect) == 1);
  CHECK(totals.successes == 1);
  CHECK(totals.success_latency.max() == 10 * kMillisecond);
  CHECK(totals.failure_latency.max() == 4 * kMillisecond);
  CHECK(totals.endpoints[0].failures == 3);
}

TEST_CASE("a crash with processor sharing, and of one instance among two") {
  Scenario scenario = make_scenario({constant_service("a", 10, 2)}, {trace_client({1, 2, 6, 7, 40, 41})});
  scenario.services[0].discipline = Discipline::processor_sharing;
  scenario.faults = {make_fault(5, 5, CrashFault{}, 0, 0)};
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.endpoints[0].attempts == 3);
  CHECK(totals.endpoints[0].failures == 2);
  CHECK(totals.endpoints[1].failures == 0);
  CHECK(totals.successes == 4);
  // 2 and 7 (or 1 and 6) share: 5 ms alone, then 10 ms at half the speed, then 5 alone.
  CHECK(totals.success_latency.max() == 15 * kMillisecond);
}

TEST_CASE("a crash during another crash ends with the later one") {
  Scenario scenario = make_scenario({constant_service("a", 1)}, {trace_client({4, 6, 8, 12})});
  scenario.faults = {make_fault(1, 6, CrashFault{}), make_fault(5, 5, CrashFault{})};  // until 7, until 10
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(failures(totals, FailureKind::connect) == 3);
  CHECK(totals.successes == 1);
}

TEST_CASE("slow and delay faults change service times while they hold, and overlap") {
  // Factor 2 in [10, 40), factor 3 in [20, 30), a delay of 5 ms in place of 1 in [35, 60).
  Scenario scenario = make_scenario({constant_service("a", 1)}, {});
  scenario.faults = {make_fault(10, 30, SlowFault{2}), make_fault(20, 10, SlowFault{3}),
                     make_fault(35, 25, DelayFault{Distribution::constant(5 * kMillisecond)})};
  const auto latency_at = [&](double ms) {
    scenario.clients = {trace_client({ms})};
    return simulate(scenario).services[0].success_latency.max();
  };
  CHECK(latency_at(9) == kMillisecond);
  CHECK(latency_at(10) == 2 * kMillisecond);  // what happens first in one instant was planned first
  CHECK(latency_at(20) == 6 * kMillisecond);
  CHECK(latency_at(30) == 2 * kMillisecond);
  CHECK(latency_at(36) == 10 * kMillisecond);
  CHECK(latency_at(41) == 5 * kMillisecond);
  CHECK(latency_at(60) == kMillisecond);
}

TEST_CASE("faults that come and go leave no trace") {
  Scenario scenario = make_scenario({make_service("a", 3, Distribution::exponential(kMillisecond))},
                                    {make_client("c", 0, PoissonArrivals{2000})});
  scenario.clients[0].arrivals = VaryingArrivals{false, {{at_ms(0), 0}, {at_ms(500), 2000}}};
  const ServiceTotals undisturbed = simulate(scenario).services[0];
  scenario.faults = {make_fault(0, 300, CrashFault{}),         make_fault(100, 300, SlowFault{9}),
                     make_fault(200, 250, ErrorFault{0.9}),    make_fault(50, 400, BlackholeFault{}),
                     make_fault(250, 200, CrashFault{}, 0, 1), make_fault(10, 480, DelayFault{})};
  CHECK(identical(undisturbed, simulate(scenario).services[0]));
}

TEST_CASE("error faults fail their share of the attempts at once, and overlap as independent ones") {
  Scenario scenario = make_scenario({constant_service("a", 1, 100)},
                                    {make_client("c", 0, PoissonArrivals{10'000})}, std::chrono::seconds(10));
  scenario.faults = {make_fault(0, {}, ErrorFault{0.2}), make_fault(0, {}, ErrorFault{0.5})};
  const ServiceTotals totals = simulate(scenario).services[0];
  const double share = double(failures(totals, FailureKind::error_5xx)) / double(totals.requests);
  CHECK(share == Approx(1 - 0.8 * 0.5).margin(0.006));  // 4 standard errors of 100,000
  CHECK(totals.failure_latency.max() == Duration::zero());
  CHECK(totals.success_latency.min() == kMillisecond);
}

TEST_CASE("nothing comes back out of a blackhole: only timeouts end its calls") {
  // 1 is served when the blackhole begins at 5 and its answer vanishes; 6 vanishes on the way in; 30 is too
  // late for it.
  Scenario scenario = make_scenario({constant_service("a", 10)}, {trace_client({1, 6, 30})});
  scenario.faults = {make_fault(5, 20, BlackholeFault{})};
  ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.requests == 3);
  CHECK(totals.successes == 1);
  CHECK(totals.failures[kUnfinished] == 2);
  CHECK(totals.success_latency.count() + totals.failure_latency.count() == 1);

  scenario.policies[0].config.timeout = 50 * kMillisecond;
  totals = simulate(scenario).services[0];
  CHECK(totals.failures[kUnfinished] == 0);
  CHECK(failures(totals, FailureKind::timeout) == 2);
  CHECK(totals.failure_latency.min() == 50 * kMillisecond);
  CHECK(totals.failure_latency.max() == 50 * kMillisecond);
}

}  // namespace
}  // namespace meshtwin
