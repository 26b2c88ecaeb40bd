// Users who wait for each answer and think.
#include <catch2/catch.hpp>

#include "core/models/queueing.h"
#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

Scenario users_of(std::uint32_t users, const Distribution& think, const ServiceConfig& service,
                  Duration duration) {
  return make_scenario({service}, {make_client("users", 0, ClosedArrivals{users, think})}, duration);
}

TEST_CASE("one user takes turns with the server") {
  const Scenario scenario = users_of(1, Distribution::constant(4 * kMillisecond), constant_service("a", 1),
                                     std::chrono::milliseconds(1000));
  const ServiceTotals totals = simulate(scenario).services[0];
  CHECK(totals.requests == 200);  // at 4, 9, 14, ..., 999
  CHECK(totals.success_latency.max() == kMillisecond);
}

TEST_CASE("the response time law holds: users = throughput x (response + think)") {
  const Duration think = 10 * kMillisecond;
  Scenario scenario =
      users_of(20, Distribution::exponential(think),
               make_service("a", 2, Distribution::exponential(kMillisecond)), std::chrono::seconds(100));
  scenario.warmup = std::chrono::seconds(1);
  const ServiceTotals totals = simulate(scenario).services[0];
  const double throughput = double(totals.requests) / 99e3;  // per millisecond
  const double cycle = to_milliseconds(totals.success_latency.mean()) + 10;
  CHECK(throughput * cycle ==
        Approx(20).epsilon(0.01));  // the sampled think times differ from 10 by 0.1% or so
}

TEST_CASE("the response time law is exact with constant think times") {
  // Each of 7 users, over the whole run: cycles of response and think time fill its time but for the last,
  // cut one.
  const Duration think = 5 * kMillisecond;
  const Scenario scenario =
      users_of(7, Distribution::constant(think),
               make_service("a", 1, Distribution::exponential(kMillisecond)), std::chrono::seconds(10));
  const ServiceTotals totals = simulate(scenario).services[0];
  const double cycles = double(totals.requests) * to_milliseconds(totals.success_latency.mean() + think);
  CHECK(cycles >= 7 * 10'000 - 7 * 5);
  CHECK(cycles <= 7 * 10'000 + 7 * to_milliseconds(totals.success_latency.max()));
}

TEST_CASE("machine repair: M/M/1 with a finite population") {
  // p_n is proportional to N!/(N-n)! (think rate / service rate)^n; throughput is (1 - p_0) x service rate.
  const int users = 5;
  const double ratio = 0.2;
  double weight = 1;
  double sum = 1;
  for (int n = 1; n <= users; ++n) sum += weight *= (users - n + 1) * ratio;
  Scenario scenario =
      users_of(users, Distribution::exponential(5 * kMillisecond),
               make_service("a", 1, Distribution::exponential(kMillisecond)), std::chrono::seconds(500));
  scenario.warmup = std::chrono::seconds(1);
  const double throughput = double(simulate(scenario).services[0].requests) / 499e3;
  CHECK(throughput == Approx(1 - 1 / sum).epsilon(0.008));  // about 300,000 requests
}

}  // namespace
}  // namespace meshtwin
