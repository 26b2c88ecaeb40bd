#include "policies/balancers/weighted_round_robin.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

// The example of NGINX's commit "Upstream: smooth weighted round-robin balancing" (52327e0627f4, 2012).
TEST_CASE("Smooth weighted round robin gives NGINX's published sequence") {
  BenchOfEndpoints bench(WeightedRoundRobinConfig{}, {5, 1, 1});
  CHECK(bench.letters(14) == "aabacaaaabacaa");
}

TEST_CASE("Smooth weighted round robin gives exact shares over a period, from any point on") {
  const std::vector<std::uint32_t> weights = {7, 3, 0, 11, 1};
  BenchOfEndpoints bench(WeightedRoundRobinConfig{}, weights);
  for (int period = 0; period < 50; ++period) {
    const auto counts = bench.count(5, 22);
    CHECK(counts == std::vector<std::uint64_t>{7, 3, 0, 11, 1});
    bench.count(5, 22 * 3);
  }
}

// At no point is an endpoint a whole pick or more away from its share.
TEST_CASE("Smooth weighted round robin doesn't come in bursts") {
  const std::vector<std::uint32_t> weights = {100, 50, 25, 1};
  BenchOfEndpoints bench(WeightedRoundRobinConfig{}, weights);
  std::vector<double> picks(4);
  for (int i = 1; i <= 1'000; ++i) {
    ++picks[bench.pick()];
    for (std::size_t e = 0; e < 4; ++e) REQUIRE(std::abs(picks[e] - i * weights[e] / 176.0) < 1.0);
  }
}

TEST_CASE("Equal weights go around in order, all zero too") {
  CHECK(BenchOfEndpoints(WeightedRoundRobinConfig{}, {3, 3, 3}).letters(7) == "abcabca");
  CHECK(BenchOfEndpoints(WeightedRoundRobinConfig{}, {0, 0, 0}).letters(7) == "abcabca");
}

TEST_CASE("An endpoint whose weight fell isn't kept out") {
  for (const int before : {1, 500, 1'000, 1'001}) {
    BenchOfEndpoints bench(WeightedRoundRobinConfig{}, {1'000, 1});
    bench.count(2, before);
    bench.set_weights({1, 1});
    const std::string next = bench.letters(20);
    CHECK(std::count(next.begin(), next.end(), 'a') >= 9);
    CHECK(std::count(next.begin(), next.end(), 'a') <= 11);
  }
}

TEST_CASE("Updates that change nothing leave the sequence as it is") {
  BenchOfEndpoints steady(WeightedRoundRobinConfig{}, {5, 3, 2});
  BenchOfEndpoints updated(WeightedRoundRobinConfig{}, {5, 3, 2});
  for (int i = 0; i < 100; ++i) {
    updated.set_weights({5, 3, 2});
    REQUIRE(updated.pick() == steady.pick());
  }
}

TEST_CASE("The others share the turns of an endpoint that is out, and it starts afresh when it is back") {
  BenchOfEndpoints bench(WeightedRoundRobinConfig{}, {2, 1, 1});
  bench.count(3, 5);
  bench.endpoints.set_ejected(0, true);
  CHECK(bench.count(3, 100) == std::vector<std::uint64_t>{0, 50, 50});
  bench.endpoints.set_ejected(0, false);
  const auto counts = bench.count(3, 400);
  CHECK(counts[0] >= 199);
  CHECK(counts[0] <= 201);
}

}  // namespace
}  // namespace meshtwin::test
