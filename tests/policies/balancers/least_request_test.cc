#include "policies/balancers/least_request.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/policies/balancers/bench_of_endpoints.h"
#include "tests/support/chi_square.h"

namespace meshtwin::test {
namespace {

constexpr int kPicks = 200'000;

std::vector<std::uint32_t> ones(std::size_t n) { return std::vector<std::uint32_t>(n, 1); }

BalancerConfig least(std::optional<std::uint32_t> choices, double bias = 1.0) {
  return LeastRequestConfig{choices, bias};
}

// Where one endpoint of n is the least loaded alone, it wins whenever it is among the d drawn: with distinct
// ones d/n, with replacement only 1 - (1 - 1/n)^d. The others share the rest equally.
TEST_CASE("Few choices are distinct: the least loaded of n wins with probability d/n") {
  for (const auto& [n, d] : {std::pair{10, 2}, {5, 2}, {3, 2}, {10, 3}, {20, 5}, {30, 16}}) {
    BenchOfEndpoints bench(least(d), ones(n));
    for (EndpointIndex e = 1; e < static_cast<EndpointIndex>(n); ++e) bench.set_active(e, 4);
    const auto counts = bench.count(n, kPicks);
    const double share = static_cast<double>(d) / n;
    std::vector<double> shares(n, (1 - share) / (n - 1));
    shares[0] = share;
    INFO(n << " endpoints, " << d << " choices");
    CHECK(std::abs(chi_square_deviation(counts, shares)) < 3);
    const double repeated = 1 - std::pow(1 - 1.0 / n, d);
    std::vector<double> wrong(n, (1 - repeated) / (n - 1));
    wrong[0] = repeated;
    CHECK(chi_square_deviation(counts, wrong) > 10);
  }
}

// Endpoints in order of load 0 < 1 < 2 < ...: the k-th wins if it is drawn and the others are of those above
// it, C(n-1-k, d-1) / C(n, d).
TEST_CASE("The rank of the pick among few choices has its closed-form distribution") {
  const int n = 12;
  for (const int d : {2, 3, 6}) {
    BenchOfEndpoints bench(least(d), ones(n));
    std::vector<double> shares;
    for (int k = 0; k < n; ++k) {
      bench.set_active(static_cast<EndpointIndex>(k), static_cast<std::uint32_t>(k));
      double ways = 1;
      for (int i = 0; i < d - 1; ++i) ways *= static_cast<double>(std::max(n - 1 - k - i, 0)) / (i + 1);
      shares.push_back(ways);
    }
    CHECK(std::abs(chi_square_deviation(bench.count(n, kPicks), shares)) < 3);
  }
}

// With replacement the k-th of n in order of load wins where all d draws are of it or of those above it, and not all
// of those above: ((n - k)^d - (n - k - 1)^d) / n^d, even where d is above n.
TEST_CASE("The rank of the pick with replacement has its closed-form distribution") {
  for (const auto& [n, d] : {std::pair{12, 2}, {12, 3}, {12, 6}, {3, 5}, {2, 2}}) {
    BenchOfEndpoints bench(LeastRequestConfig{static_cast<std::uint32_t>(d), 1.0, std::nullopt, true}, ones(n));
    std::vector<double> shares;
    for (int k = 0; k < n; ++k) {
      bench.set_active(static_cast<EndpointIndex>(k), static_cast<std::uint32_t>(k));
      shares.push_back((std::pow(n - k, d) - std::pow(n - k - 1, d)) / std::pow(n, d));
    }
    INFO(n << " endpoints, " << d << " choices");
    CHECK(std::abs(chi_square_deviation(bench.count(n, kPicks), shares)) < 3);
  }
}

TEST_CASE("With replacement draws are of the endpoints that are not excluded, and equal loads are broken evenly") {
  BenchOfEndpoints bench(LeastRequestConfig{2, 1.0, std::nullopt, true}, ones(6));
  CHECK(std::abs(chi_square_deviation(bench.count(6, kPicks))) < 3);
  for (const EndpointIndex e : {1u, 2u, 4u, 5u}) bench.set_active(e, 7);
  // 3 is the least loaded of the four that are left, and wins with 1 - (3/4)^2.
  const double rest = 9.0 / 16 / 3;
  CHECK(std::abs(chi_square_deviation(bench.count(6, kPicks, {0, 5}), {0, rest, rest, 7.0 / 16, rest, 0})) < 3);
}

TEST_CASE("Equal loads are broken evenly, for few choices and for all") {
  for (const auto choices : {std::optional<std::uint32_t>(2), std::optional<std::uint32_t>(4),
                             std::optional<std::uint32_t>(16), std::optional<std::uint32_t>()}) {
    BenchOfEndpoints bench(least(choices), ones(9));
    CHECK(std::abs(chi_square_deviation(bench.count(9, kPicks))) < 3);
    for (const EndpointIndex e : {0u, 2u, 5u}) bench.set_active(e, 3);
    if (!choices || *choices >= 9) {
      CHECK(std::abs(chi_square_deviation(bench.count(9, kPicks), {0, 1, 0, 1, 1, 0, 1, 1, 1})) < 3);
    }
  }
}

TEST_CASE("Of two with equal load the one drawn first wins") {
  BenchOfEndpoints bench(least(2), ones(50), 12);
  RandomStream same(12);
  for (int i = 0; i < 100; ++i) CHECK(bench.pick() == same.distinct_pair(50).first);
}

TEST_CASE("As many choices as endpoints, or more, are a scan of all") {
  for (const std::uint32_t choices : {2u, 5u, 16u}) {
    BenchOfEndpoints bench(least(choices), ones(std::min(choices, 3u)));
    bench.set_active(0, 1);
    CHECK(bench.count(3, 1'000)[0] == 0);
  }
}

TEST_CASE("Few choices are drawn among the endpoints that are not excluded") {
  BenchOfEndpoints bench(least(2), ones(6));
  for (const EndpointIndex e : {1u, 2u, 4u, 5u}) bench.set_active(e, 7);
  // 3 is the least loaded of the four that are left, and wins with 2/4.
  const double rest = 0.5 / 3;
  CHECK(std::abs(chi_square_deviation(bench.count(6, kPicks, {0, 5}), {0, rest, rest, 0.5, rest, 0})) < 3);
  bench.set_active(3, 7);
  CHECK(std::abs(chi_square_deviation(bench.count(6, kPicks, {0, 0, 0}), {0, 1, 1, 1, 1, 1})) < 3);
  // All are: as if none were.
  CHECK(std::abs(chi_square_deviation(bench.count(6, kPicks, {0, 1, 2, 3, 4, 5}),
                                      {2, 0.8, 0.8, 0.8, 0.8, 0.8})) < 3);
}

TEST_CASE("With an update interval picks go by the active requests of the last update") {
  LeastRequestConfig config{std::nullopt, 1.0, std::chrono::seconds(10)};
  BenchOfEndpoints bench(config, ones(3));
  bench.now = Time(std::chrono::seconds(25));
  for (const EndpointIndex e : {0u, 1u}) bench.set_active(e, 5);
  CHECK(bench.count(3, 50)[2] == 50);
  bench.set_active(2, 9);
  bench.set_active(1, 0);
  CHECK(bench.count(3, 50)[2] == 50);
  CHECK(bench.score(2) == 0);
  // Due at 30 s, with the first pick after.
  bench.now = Time(std::chrono::seconds(30)) - Duration(1);
  CHECK(bench.pick() == 2);
  bench.now = Time(std::chrono::milliseconds(39'999));
  CHECK(bench.count(3, 50)[1] == 50);
  CHECK(bench.score(2) == 9);
  bench.set_active(1, 7);
  CHECK(bench.pick() == 1);
  bench.now = Time(std::chrono::seconds(40));
  CHECK(bench.pick() == 0);
  // Nothing has been told of one that joins.
  bench.set_weights({1, 1, 1, 1});
  CHECK(bench.pick() == 3);
}

TEST_CASE("With an update interval two choices and weights go by the last update as well") {
  BenchOfEndpoints two(LeastRequestConfig{2, 1.0, std::chrono::seconds(10)}, ones(2));
  two.set_active(0, 1);
  CHECK(two.count(2, 50)[1] == 50);
  two.set_active(1, 5);
  CHECK(two.count(2, 50)[1] == 50);
  BenchOfEndpoints weighted(LeastRequestConfig{std::nullopt, 1.0, std::chrono::seconds(10)}, {1, 4});
  weighted.set_active(1, 1);
  CHECK(weighted.pick() == 1);
  weighted.set_active(1, 40);
  CHECK(weighted.pick() == 1);
  weighted.now = Time(std::chrono::seconds(10));
  CHECK(weighted.pick() == 0);
}

TEST_CASE("A scan of unequal weights takes the highest weight for its load") {
  BenchOfEndpoints bench(least(std::nullopt), {4, 2, 1, 0});
  std::string sequence;
  for (int i = 0; i < 7; ++i) {
    const EndpointIndex e = bench.pick({});
    bench.set_active(e, bench.endpoints.active(e) + 1);
  }
  CHECK(bench.endpoints.active(0) == 4);
  CHECK(bench.endpoints.active(1) == 2);
  CHECK(bench.endpoints.active(2) == 1);
  CHECK(bench.count(4, 100, {0, 1, 2})[3] == 100);
}

TEST_CASE("Unequal weights without load come up in proportion, and zero never") {
  BenchOfEndpoints bench(least(2), {4, 2, 1, 0, 3});
  const auto counts = bench.count(5, 100'000);
  for (const auto& [e, expected] : {std::pair{0, 40'000}, {1, 20'000}, {2, 10'000}, {3, 0}, {4, 30'000}}) {
    CHECK(std::abs(static_cast<double>(counts[e]) - expected) <= 2);
  }
}

// With constant loads an endpoint comes up in proportion to weight / (active + 1)^bias.
TEST_CASE("Unequal weights under load come up in proportion to the biased weight") {
  for (const double bias : {0.0, 0.5, 1.0, 2.0}) {
    BenchOfEndpoints bench(least(2, bias), {6, 3, 2});
    bench.set_active(0, 1);
    bench.set_active(1, 3);
    bench.set_active(2, 8);
    const std::vector<double> rates = {6 / std::pow(2, bias), 3 / std::pow(4, bias), 2 / std::pow(9, bias)};
    const double sum = rates[0] + rates[1] + rates[2];
    const auto counts = bench.count(3, 100'000);
    for (std::size_t e = 0; e < 3; ++e) {
      INFO("bias " << bias << ", endpoint " << e);
      CHECK(std::abs(static_cast<double>(counts[e]) - 100'000 * rates[e] / sum) <= 3);
    }
  }
}

TEST_CASE("The schedule of unequal weights starts anywhere") {
  std::vector<std::uint64_t> firsts(3);
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    ++firsts[BenchOfEndpoints(least(2), {2, 2, 1}, seed).pick()];
  }
  // The earliest of uniform phases in [0, 1/2), [0, 1/2) and [0, 1): P(c) = integral of (1 - 2t)^2 over t <
  // 1/2.
  CHECK(std::abs(chi_square_deviation(firsts, {5.0 / 12, 5.0 / 12, 1.0 / 6})) < 3);
}

TEST_CASE("Excluded endpoints of a schedule keep their turn") {
  BenchOfEndpoints bench(least(2), {10, 1});
  for (int i = 0; i < 50; ++i) CHECK(bench.pick({1}) == 0);
  CHECK(bench.pick() == 1);
}

}  // namespace
}  // namespace meshtwin::test
