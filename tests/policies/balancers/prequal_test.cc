#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Asks nobody by itself: answers are what the test reports.
PrequalConfig quiet() {
  PrequalConfig config;
  config.probes_per_call = 0.01;
  config.removals_per_call = 0;
  config.rif_quantile = 0.5;
  return config;
}

BenchOfEndpoints quiet_bench(const PrequalConfig& config, std::size_t endpoints) {
  BenchOfEndpoints bench(config, std::vector<std::uint32_t>(endpoints, 1));
  bench.answers_probes = false;
  return bench;
}

void answer(BenchOfEndpoints& bench, EndpointIndex endpoint, std::uint32_t in_flight, int latency_ms) {
  LoadReport report;
  report.in_flight = in_flight;
  report.latency = milliseconds(latency_ms);
  bench.report(endpoint, report);
}

TEST_CASE("Prequal: the cold endpoint with the lowest latency, else the one with the fewest in flight") {
  BenchOfEndpoints bench = quiet_bench(quiet(), 40);
  answer(bench, 0, 2, 30);
  answer(bench, 1, 2, 20);
  answer(bench, 2, 9, 1);  // hot: above the median of 2, 2, 9
  CHECK(bench.pick() == 1);
  // That one counts one more by now, and is hot; so the other cold one.
  CHECK(bench.pick() == 0);
  // All are hot: 3, 3 and 9 in flight against a median of 2; of equals the older answer.
  CHECK(bench.pick() == 0);
  CHECK(bench.pick() == 1);
  CHECK(bench.pick() == 0);
}

TEST_CASE("Prequal: with a quantile of 1 latency alone decides, with 0 almost only requests in flight") {
  PrequalConfig config = quiet();
  config.rif_quantile = 1;
  BenchOfEndpoints latency = quiet_bench(config, 40);
  answer(latency, 0, 1, 30);
  answer(latency, 1, 50, 20);
  CHECK(latency.pick() == 1);
  config.rif_quantile = 0;
  BenchOfEndpoints in_flight = quiet_bench(config, 40);
  answer(in_flight, 0, 1, 30);
  answer(in_flight, 1, 2, 20);
  answer(in_flight, 2, 3, 10);
  CHECK(in_flight.pick() == 0);
}

TEST_CASE("Prequal: fewer than two answers, or none that is young enough, and the pick is uniform") {
  BenchOfEndpoints bench = quiet_bench(quiet(), 8);
  answer(bench, 2, 0, 1);
  auto counts = bench.count(8, 8'000);
  for (const std::uint64_t count : counts) CHECK(std::fabs(static_cast<double>(count) - 1'000) < 3.9 * 30);
  answer(bench, 3, 0, 1);
  CHECK(bench.pick() == 2);
  bench.now = Time(seconds(1));
  CHECK(bench.pick() == 3);
  bench.now = Time(seconds(1) + Duration(1));
  counts = bench.count(8, 8'000);
  for (const std::uint64_t count : counts) CHECK(std::fabs(static_cast<double>(count) - 1'000) < 3.9 * 30);
}

TEST_CASE("Prequal: as many probes as the rate says, spread evenly and distinct for each call") {
  PrequalConfig config;
  config.probes_per_call = 2.4;
  BenchOfEndpoints bench(config, std::vector<std::uint32_t>(10, 1));
  for (int i = 0; i < 1'000; ++i) bench.pick();
  CHECK(std::llabs(static_cast<long long>(bench.probes) - 2'400) <= 1);
  std::vector<EndpointIndex> targets;
  RandomStream random(3);
  for (int i = 0; i < 200; ++i) {
    targets.clear();
    bench.balancer().choose_probes(PickContext{bench.endpoints, {}, random, bench.now}, targets);
    for (std::size_t k = 1; k < targets.size(); ++k) REQUIRE(targets[k] != targets[0]);
  }
}

// b = (1 + delta) / ((1 - m / n) r_probe - r_remove) with n = 160, m = 16, r_probe = 3: an answer that wins every pick
// serves floor(b) or ceil(b) of them, b in the mean.
TEST_CASE("Prequal: an answer serves so many picks as the paper's formula says, in the mean") {
  PrequalConfig config;
  config.rif_quantile = 1;
  config.removals_per_call = 0;
  config.delta = 6;
  const double wanted = 7 / ((1 - 0.1) * 3);
  BenchOfEndpoints bench = quiet_bench(config, 160);
  constexpr int kAnswers = 1'000;
  int uses = 0;
  for (int i = 0; i < kAnswers; ++i) {
    answer(bench, 9, 50, 2'000);
    answer(bench, 6, 0, 1'000);
    answer(bench, 7, 0, 1'000);
    answer(bench, 5, 0, 1);
    int served = 0;
    while (bench.pick() == 5) ++served;
    REQUIRE((served == 2 || served == 3));
    uses += served;
    bench.now += seconds(2);
  }
  CHECK(static_cast<double>(uses) / kAnswers == Approx(wanted).margin(0.01));
}

TEST_CASE("Prequal: each pick removes the oldest and the worst answer in turn") {
  PrequalConfig config = quiet();
  config.removals_per_call = 1;
  config.rif_quantile = 1;
  BenchOfEndpoints bench = quiet_bench(config, 400);
  answer(bench, 20, 9, 1);  // so that nobody else is hot
  for (int i = 0; i < 6; ++i) answer(bench, static_cast<EndpointIndex>(i), 0, 10 + (i == 3 ? 90 : 0) + i);
  const auto known = [&](EndpointIndex e) { return bench.score(e) > 0; };
  CHECK(bench.pick() == 20);
  CHECK_FALSE(known(20));  // the oldest, which was used besides
  CHECK(known(3));
  CHECK(bench.pick() == 0);
  CHECK_FALSE(known(3));  // the worst
  CHECK(known(0));
  bench.pick();
  CHECK_FALSE(known(0));
}

TEST_CASE("Prequal: in the dark an answer counts the requests that were made, not those that it would have caused") {
  PrequalConfig config = quiet();
  config.rif_quantile = 0;  // cold with as few in flight as anybody had, else the fewest
  BenchOfEndpoints bench = quiet_bench(config, 40);
  for (const EndpointIndex e : {0u, 1u, 2u}) answer(bench, e, 10 + e, 1);
  const auto sent_to = [&](EndpointIndex e) {
    bench.balancer().went_elsewhere(bench.endpoints, Pick::picked(bench.last_picked()), Pick::picked(e));
  };
  // 10, 11 and 12 in flight; all of the requests go to endpoint 1.
  for (int i = 0; i < 5; ++i) {
    CHECK(bench.pick() == 0);
    sent_to(1);
  }
  CHECK(bench.score(0) == Approx(1));  // cold, with 10
  CHECK(bench.score(1) == Approx(1e9 + 16).epsilon(1e-12));
  // One that went nowhere counts nowhere.
  CHECK(bench.pick() == 0);
  bench.balancer().went_elsewhere(bench.endpoints, Pick::picked(0), Pick::fail());
  CHECK(bench.score(0) == Approx(1));
  for (int i = 0; i < 3; ++i) {
    CHECK(bench.pick() == 0);
    sent_to(2);
  }
  // In charge it would have gone by its own requests.
  CHECK(bench.pick() == 0);
  CHECK(bench.pick() == 0);
  CHECK(bench.score(0) == Approx(1e9 + 12).epsilon(1e-12));
}

TEST_CASE("Prequal: in the dark a pick at random takes nothing back") {
  PrequalConfig config = quiet();
  config.rif_quantile = 0;
  BenchOfEndpoints bench = quiet_bench(config, 4);
  answer(bench, 0, 1, 1);
  answer(bench, 3, 5, 1);
  bench.pick({0});  // one answer is too few to go by
  bench.balancer().went_elsewhere(bench.endpoints, Pick::picked(3), Pick::picked(1));
  CHECK(bench.score(3) == Approx(1e9 + 5).epsilon(1e-12));
  bench.balancer().went_elsewhere(bench.endpoints, Pick::picked(1), Pick::picked(3));
  CHECK(bench.score(3) == Approx(1e9 + 6).epsilon(1e-12));
}

TEST_CASE("Prequal: answers of endpoints that are out, or weightless, are of no use") {
  BenchOfEndpoints bench = quiet_bench(quiet(), 10);
  for (EndpointIndex e = 0; e < 5; ++e) answer(bench, e, 0, 1 + static_cast<int>(e));
  CHECK(bench.pick() == 0);
  bench.endpoints.set_ejected(0, true);
  CHECK(bench.pick() == 1);
  bench.set_weights({1, 0, 1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(bench.pick() == 2);
}

}  // namespace
}  // namespace meshtwin::test
