#include "policies/balancers/round_robin.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/policies/balancers/bench_of_endpoints.h"
#include "tests/support/chi_square.h"

namespace meshtwin::test {
namespace {

// A bench whose next pick is `first`.
BenchOfEndpoints starting_at(EndpointIndex first, std::size_t count) {
  BenchOfEndpoints bench(RoundRobinConfig{}, std::vector<std::uint32_t>(count, 1));
  while (bench.pick() != (first + count - 1) % count) {
  }
  return bench;
}

TEST_CASE("Round robin goes around in order, whatever weights and load are") {
  auto bench = starting_at(0, 4);
  bench.set_active(1, 9);
  CHECK(bench.letters(9) == "abcdabcda");
}

TEST_CASE("Round robin starts anywhere with equal probability") {
  std::vector<std::uint64_t> firsts(5);
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    ++firsts[BenchOfEndpoints(RoundRobinConfig{}, {1, 1, 1, 1, 1}, seed).pick()];
  }
  CHECK(std::abs(chi_square_deviation(firsts)) < 3);
}

TEST_CASE("Round robin goes on after the last one when endpoints come and go") {
  auto bench = starting_at(0, 4);
  CHECK(bench.letters(2) == "ab");
  bench.set_members({{0, 1}, {1, 1}, {3, 1}});
  CHECK(bench.letters(2) == "da");
  bench.set_members({{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}});
  CHECK(bench.letters(3) == "bcd");
  bench.set_members({{0, 1}, {1, 1}});
  CHECK(bench.letters(3) == "aba");
  bench.endpoints.set_ejected(1, true);
  CHECK(bench.letters(2) == "aa");
  bench.endpoints.set_ejected(1, false);
  CHECK(bench.letters(2) == "ba");
  bench.set_members({{1, 1}, {2, 1}});
  CHECK(bench.letters(3) == "bcb");
}

TEST_CASE("Round robin skips excluded endpoints, and goes on in order when all are") {
  auto bench = starting_at(0, 4);
  CHECK(bench.pick({0}) == 1);
  CHECK(bench.pick({2, 3}) == 0);
  CHECK(bench.pick({1, 2, 3}) == 0);
  CHECK(bench.letters(1) == "b");
  CHECK(bench.pick({0, 1, 2, 3}) == 2);
  CHECK(bench.pick({0, 1, 2, 3}) == 3);
  CHECK(bench.pick({0, 1, 2, 3, 0, 1}) == 0);
}

}  // namespace
}  // namespace meshtwin::test
