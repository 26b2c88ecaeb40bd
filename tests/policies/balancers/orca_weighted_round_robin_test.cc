#include <catch2/catch.hpp>
#include <cmath>

#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

void report(BenchOfEndpoints& bench, EndpointIndex endpoint, double rps, double utilization, double eps = 0,
            double cpu = 0) {
  LoadReport load;
  load.requests_per_second = rps;
  load.application_utilization = utilization;
  load.cpu_utilization = cpu;
  load.errors_per_second = eps;
  bench.report(endpoint, load);
}

OrcaWeightedRoundRobinConfig at_once() { return {Duration{}, minutes(3), seconds(1), 1}; }

// The counts of 6,000 picks, once the weights of the present moment are in use.
std::vector<std::uint64_t> shares(BenchOfEndpoints& bench, std::size_t endpoints) {
  bench.now += seconds(1);
  return bench.count(endpoints, 6'000);
}

TEST_CASE("ORCA: requests a second over utilization, the application's before the CPU's") {
  BenchOfEndpoints bench(at_once(), {1, 1, 1});
  report(bench, 0, 100, 0.5);            // 200
  report(bench, 1, 100, 0.25, 0, 0.9);   // 400
  report(bench, 2, 60, 0, 0, 0.1);       // 600
  const auto counts = shares(bench, 3);
  CHECK(counts[0] == Approx(1'000).margin(2));
  CHECK(counts[1] == Approx(2'000).margin(2));
  CHECK(counts[2] == Approx(3'000).margin(2));
}

TEST_CASE("ORCA: errors count as utilization, times the penalty") {
  OrcaWeightedRoundRobinConfig config = at_once();
  config.error_utilization_penalty = 2;
  BenchOfEndpoints bench(config, {1, 1});
  report(bench, 0, 100, 0.5);
  report(bench, 1, 100, 0.5, 25);  // 100 / (0.5 + 0.25 * 2)
  const auto counts = shares(bench, 2);
  CHECK(counts[0] == Approx(4'000).margin(2));
}

TEST_CASE("ORCA: who has no weight takes the mean, and with fewer than two weights all are alike") {
  BenchOfEndpoints bench(at_once(), {1, 1, 1});
  report(bench, 0, 100, 1);
  auto counts = shares(bench, 3);
  for (const std::uint64_t count : counts) CHECK(count == Approx(2'000).margin(2));
  report(bench, 1, 300, 1);
  counts = shares(bench, 3);
  CHECK(counts[0] == Approx(1'000).margin(2));
  CHECK(counts[1] == Approx(3'000).margin(2));
  CHECK(counts[2] == Approx(2'000).margin(2));
}

TEST_CASE("ORCA: a weight counts after the blackout, until it expires, and then after another blackout") {
  BenchOfEndpoints bench(OrcaWeightedRoundRobinConfig{seconds(10), seconds(60), seconds(1), 1}, {1, 1});
  const auto heavy_share = [&] { return static_cast<double>(shares(bench, 2)[1]) / 6'000; };
  const auto both_report = [&] {
    report(bench, 0, 100, 1);
    report(bench, 1, 300, 1);
  };
  both_report();
  bench.now = Time(seconds(8));
  both_report();
  CHECK(heavy_share() == Approx(0.5).margin(.001));  // at 9 s
  bench.now = Time(seconds(9));
  CHECK(heavy_share() == Approx(0.75).margin(.001));  // at 10 s
  bench.now = Time(seconds(66));
  CHECK(heavy_share() == Approx(0.75).margin(.001));
  bench.now = Time(seconds(67));
  CHECK(heavy_share() == Approx(0.5).margin(.001));  // 60 s after the last report
  both_report();
  bench.now = Time(seconds(76));
  CHECK(heavy_share() == Approx(0.5).margin(.001));
  bench.now = Time(seconds(78));
  CHECK(heavy_share() == Approx(0.75).margin(.001));
}

TEST_CASE("ORCA: reports without requests or utilization say nothing, and strange ones do no harm") {
  BenchOfEndpoints bench(at_once(), {1, 1});
  report(bench, 0, 100, 1);
  report(bench, 1, 300, 1);
  report(bench, 0, 0, 1);
  report(bench, 1, 100, 0);
  report(bench, 0, 1e300, 1e-300);
  const auto counts = shares(bench, 2);
  CHECK(counts[1] == Approx(4'500).margin(2));
}

TEST_CASE("ORCA: an endpoint that left and came back starts anew") {
  BenchOfEndpoints bench(at_once(), {1, 1, 1});
  report(bench, 0, 100, 1);
  report(bench, 1, 100, 1);
  report(bench, 2, 400, 1);
  CHECK(shares(bench, 3)[2] == Approx(4'000).margin(2));
  bench.set_members({{0, 1}, {1, 1}});
  bench.pick();
  bench.set_weights({1, 1, 1});
  CHECK(shares(bench, 3)[2] == Approx(2'000).margin(2));
}

}  // namespace
}  // namespace meshtwin::test
