#include "core/random/stream.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace meshtwin {
namespace {

// Pearson's statistic for equally likely cells, expressed in standard deviations from its mean.
double chi_square_deviation(const std::vector<std::uint64_t>& cells) {
  double total = 0;
  for (std::uint64_t count : cells) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(cells.size());
  double statistic = 0;
  for (std::uint64_t count : cells) {
    const double excess = static_cast<double>(count) - expected;
    statistic += excess * excess / expected;
  }
  const double freedom = static_cast<double>(cells.size() - 1);
  return (statistic - freedom) / std::sqrt(2 * freedom);
}

// The published first outputs of the authors' splitmix64.c for the states 0 and 1234567.
TEST_CASE("SplitMix64 gives the reference outputs") {
  std::uint64_t zero = 0;
  CHECK(split_mix(zero) == 0xe220a8397b1dcdafU);
  CHECK(split_mix(zero) == 0x6e789e6aa1b965f4U);
  CHECK(split_mix(zero) == 0x06c45d188009454fU);
  CHECK(split_mix(zero) == 0xf88bb8a8724c81ecU);
  std::uint64_t other = 1234567;
  CHECK(split_mix(other) == 6457827717110365317U);
  CHECK(split_mix(other) == 3203168211198807973U);
  CHECK(split_mix(other) == 9817491932198370423U);
}

// The outputs of the authors' xoshiro256plusplus.c from the state {1, 2, 3, 4}; the first is
// rotl(1 + 4, 23) + 1 = 5 * 2^23 + 1.
TEST_CASE("xoshiro256++ gives the reference outputs") {
  RandomStream stream = RandomStream::from_state({1, 2, 3, 4});
  const std::uint64_t expected[] = {41943041U,
                                    58720359U,
                                    3588806011781223U,
                                    3591011842654386U,
                                    9228616714210784205U,
                                    9973669472204895162U,
                                    14011001112246962877U,
                                    12406186145184390807U,
                                    15849039046786891736U,
                                    10450023813501588000U};
  for (std::uint64_t value : expected) CHECK(stream.next() == value);
}

TEST_CASE("A seed fills the state through SplitMix64") {
  RandomStream seeded(0);
  RandomStream expected = RandomStream::from_state(
      {0xe220a8397b1dcdafU, 0x6e789e6aa1b965f4U, 0x06c45d188009454fU, 0xf88bb8a8724c81ecU});
  for (int i = 0; i < 10; ++i) CHECK(seeded.next() == expected.next());
}

TEST_CASE("A stream's name and the run's seed alone decide its numbers") {
  RandomStream alone = RandomStream::named(7, "arrivals/web");
  const std::uint64_t first = alone.next();

  RandomStream other = RandomStream::named(7, "service/checkout");
  CHECK(other.next() != first);
  RandomStream again = RandomStream::named(7, "arrivals/web");
  other.next();
  CHECK(again.next() == first);
  CHECK(RandomStream::named(8, "arrivals/web").next() != first);
  CHECK(RandomStream(stream_seed(7, "arrivals/web")).next() == first);
  // XXH64 of the empty input with seed 0, from the specification of xxHash.
  CHECK(stream_seed(0, "") == 0xef46db3751d8e999U);
}

TEST_CASE("Streams of neighbouring names and seeds are uncorrelated") {
  constexpr int kPairs = 100000;
  RandomStream a = RandomStream::named(1, "client/1");
  RandomStream b = RandomStream::named(1, "client/2");
  RandomStream c(1);
  RandomStream d(2);
  double named = 0;
  double numbered = 0;
  for (int i = 0; i < kPairs; ++i) {
    named += (a.unit() - 0.5) * (b.unit() - 0.5);
    numbered += (c.unit() - 0.5) * (d.unit() - 0.5);
  }
  const double standard_error = std::sqrt(static_cast<double>(kPairs)) / 12;
  CHECK(std::abs(named) < 4 * standard_error);
  CHECK(std::abs(numbered) < 4 * standard_error);
}

TEST_CASE("mix changes half of the bits for every single input bit") {
  constexpr int kWords = 2000;
  for (int bit = 0; bit < 64; ++bit) {
    int flipped_a = 0;
    int flipped_b = 0;
    for (std::uint64_t i = 0; i < kWords; ++i) {
      const std::uint64_t base = mix(i, 3 * i);
      flipped_a += std::popcount(base ^ mix(i ^ (1ULL << bit), 3 * i));
      flipped_b += std::popcount(base ^ mix(i, (3 * i) ^ (1ULL << bit)));
    }
    // The mean of 2,000 binomials of 64 fair bits has a standard error of 4 / sqrt(2000) = 0.09 bits.
    CHECK(std::abs(static_cast<double>(flipped_a) / kWords - 32) < 0.45);
    CHECK(std::abs(static_cast<double>(flipped_b) / kWords - 32) < 0.45);
  }
  CHECK(mix(1, 2) != mix(2, 1));
  static_assert(mix(0, 0) != 0);
}

TEST_CASE("unit stays in its interval at the ends of the generator's range") {
  // The first output from the state {0, s1, s2, s3} is rotl(s3, 23), which puts chosen words first.
  RandomStream lowest = RandomStream::from_state({0, 1, 0, 0});
  CHECK(RandomStream(lowest).unit() == 0.0);
  CHECK(RandomStream(lowest).unit_open() == 0x1p-53);
  RandomStream highest = RandomStream::from_state({0, 1, 0, ~0ULL});
  CHECK(RandomStream(highest).unit() == 1 - 0x1p-53);
  CHECK(RandomStream(highest).unit_open() == 1.0);
}

TEST_CASE("unit is uniform") {
  RandomStream stream(11);
  std::vector<std::uint64_t> cells(1000);
  for (int i = 0; i < 1000000; ++i) ++cells[static_cast<std::size_t>(stream.unit() * 1000)];
  CHECK(std::abs(chi_square_deviation(cells)) < 4);
}

TEST_CASE("below is uniform for small ranges") {
  for (std::uint64_t n : {2U, 3U, 7U, 10U, 100U, 1000U}) {
    RandomStream stream(n);
    std::vector<std::uint64_t> cells(n);
    for (int i = 0; i < 300000; ++i) ++cells[stream.below(n)];
    CAPTURE(n);
    CHECK(std::abs(chi_square_deviation(cells)) < 4);
  }
  RandomStream stream(5);
  for (int i = 0; i < 100; ++i) CHECK(stream.below(1) == 0);
}

// For n = 3 * 2^62 a plain multiplication would give each third value twice the probability of the others,
// and a plain remainder the lowest third. Rejection is what makes the classes equal.
TEST_CASE("below is uniform where rejection is frequent") {
  const std::uint64_t n = 3ULL << 62;
  RandomStream stream(17);
  std::vector<std::uint64_t> remainders(3);
  std::vector<std::uint64_t> thirds(3);
  for (int i = 0; i < 300000; ++i) {
    const std::uint64_t value = stream.below(n);
    REQUIRE(value < n);
    ++remainders[value % 3];
    ++thirds[value >> 62];
  }
  CHECK(std::abs(chi_square_deviation(remainders)) < 4);
  CHECK(std::abs(chi_square_deviation(thirds)) < 4);
}

TEST_CASE("distinct_pair gives every ordered pair equally often") {
  for (std::uint32_t n : {2U, 3U, 5U, 10U, 40U}) {
    RandomStream stream(100 + n);
    std::vector<std::uint64_t> cells(static_cast<std::size_t>(n) * (n - 1));
    for (int i = 0; i < 400000; ++i) {
      const auto [first, second] = stream.distinct_pair(n);
      REQUIRE(first < n);
      REQUIRE(second < n);
      REQUIRE(first != second);
      ++cells[first * (n - 1) + (second > first ? second - 1 : second)];
    }
    CAPTURE(n);
    CHECK(std::abs(chi_square_deviation(cells)) < 4);
  }
}

TEST_CASE("distinct_pair stays uniform for the largest ranges") {
  RandomStream stream(23);
  const std::uint32_t n = 0xffffffffU;
  std::vector<std::uint64_t> cells(64);
  for (int i = 0; i < 200000; ++i) {
    const auto [first, second] = stream.distinct_pair(n);
    REQUIRE(first != second);
    ++cells[(first >> 29) * 8 + (second >> 29)];
  }
  CHECK(std::abs(chi_square_deviation(cells)) < 4);
}

TEST_CASE("bernoulli keeps its probability and its limits") {
  RandomStream stream(29);
  int hits = 0;
  for (int i = 0; i < 1000000; ++i) hits += stream.bernoulli(0.3) ? 1 : 0;
  CHECK(std::abs(hits - 300000) < 4 * std::sqrt(1e6 * 0.3 * 0.7));
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(stream.bernoulli(0));
    CHECK(stream.bernoulli(1));
  }
}

}  // namespace
}  // namespace meshtwin
