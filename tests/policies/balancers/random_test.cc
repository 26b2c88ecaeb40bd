#include "policies/balancers/random.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "policies/balancers/weighted_random.h"
#include "tests/policies/balancers/bench_of_endpoints.h"
#include "tests/support/chi_square.h"

namespace meshtwin::test {
namespace {

constexpr int kPicks = 200'000;

TEST_CASE("Random picks each endpoint equally often, whatever its weight or load") {
  BenchOfEndpoints bench(RandomConfig{}, {1, 100, 0, 7, 3});
  bench.set_active(0, 50);
  CHECK(std::abs(chi_square_deviation(bench.count(5, kPicks))) < 3);
  CHECK(std::abs(chi_square_deviation(bench.count(5, kPicks, {1, 3}), {1, 0, 1, 0, 1})) < 3);
  CHECK(std::abs(chi_square_deviation(bench.count(5, kPicks, {0, 1, 2, 3, 4}))) < 3);
}

TEST_CASE("Random picks of neighbouring picks are independent") {
  BenchOfEndpoints bench(RandomConfig{}, {1, 1, 1, 1});
  std::vector<std::uint64_t> pairs(16);
  EndpointIndex last = bench.pick();
  for (int i = 0; i < kPicks; ++i) {
    const EndpointIndex next = bench.pick();
    ++pairs[last * 4 + next];
    last = next;
  }
  CHECK(std::abs(chi_square_deviation(pairs)) < 3);
}

TEST_CASE("Weighted random picks in proportion to weight, and never a weight of zero") {
  for (const std::vector<std::uint32_t>& weights : {std::vector<std::uint32_t>{1, 1},
                                                    {1, 2, 4},
                                                    {5, 0, 1, 0, 9, 3},
                                                    {1, 1000},
                                                    {0, 0, 7},
                                                    {4'000'000'000, 2'000'000'000, 1'000'000'000}}) {
    BenchOfEndpoints bench(WeightedRandomConfig{}, weights);
    const std::vector<double> shares(weights.begin(), weights.end());
    const auto counts = bench.count(weights.size(), kPicks);
    if (weights.size() == 3 && weights[0] == 0) {
      CHECK(counts[2] == kPicks);
    } else {
      CHECK(std::abs(chi_square_deviation(counts, shares)) < 3);
    }
  }
}

TEST_CASE("Weighted random without the excluded endpoints keeps the shares of the others") {
  BenchOfEndpoints bench(WeightedRandomConfig{}, {1, 2, 4, 0, 8});
  CHECK(std::abs(chi_square_deviation(bench.count(5, kPicks, {2}), {1, 2, 0, 0, 8})) < 3);
  CHECK(bench.count(5, 100, {0, 1, 2, 4})[3] == 100);
  CHECK(std::abs(chi_square_deviation(bench.count(5, kPicks, {0, 1, 2, 3, 4}), {1, 2, 4, 0, 8})) < 3);
}

TEST_CASE("Weighted random with all weights zero is random") {
  BenchOfEndpoints bench(WeightedRandomConfig{}, {0, 0, 0});
  CHECK(std::abs(chi_square_deviation(bench.count(3, kPicks))) < 3);
}

TEST_CASE("Weighted random follows weights and ejections that change") {
  BenchOfEndpoints bench(WeightedRandomConfig{}, {1, 1, 1});
  bench.pick();
  bench.set_weights({1, 2, 3});
  CHECK(std::abs(chi_square_deviation(bench.count(3, kPicks), {1, 2, 3})) < 3);
  bench.endpoints.set_ejected(2, true);
  CHECK(std::abs(chi_square_deviation(bench.count(3, kPicks), {1, 2, 0})) < 3);
  bench.endpoints.set_ejected(2, false);
  CHECK(std::abs(chi_square_deviation(bench.count(3, kPicks), {1, 2, 3})) < 3);
}

// The alias table in doubles must not give an endpoint of weight zero a share by rounding.
TEST_CASE("Weighted random over many odd weights never picks a weight of zero") {
  RandomStream random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint32_t> weights(1 + random.below(300));
    for (std::uint32_t& weight : weights) {
      weight = random.below(3) == 0 ? 0 : static_cast<std::uint32_t>(random.below(1'000'000));
    }
    weights[0] = 1;
    BenchOfEndpoints bench(WeightedRandomConfig{}, weights, random.next());
    for (int i = 0; i < 2'000; ++i) REQUIRE(weights[bench.pick()] > 0);
  }
}

}  // namespace
}  // namespace meshtwin::test
