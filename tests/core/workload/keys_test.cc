#include "core/workload/keys.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace meshtwin {
namespace {

std::vector<double> chances(const KeysConfig& config) {
  std::vector<double> out;
  double sum = 0;
  for (std::uint64_t k = 1; k <= config.count; ++k) {
    out.push_back(std::pow(static_cast<double>(k), -config.zipf));
    sum += out.back();
  }
  for (double& p : out) p /= sum;
  return out;
}

// Each key against its binomial at 99.99 %, in all some 200 comparisons.
TEST_CASE("Keys are drawn in proportion to 1 / k^zipf") {
  constexpr int kDraws = 200'000;
  for (const double zipf : {0.0, 0.5, 0.99, 1.0, 1.00000001, 1.3, 2.0, 10.0}) {
    for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{20}}) {
      const KeysConfig config{count, zipf};
      const KeySampler keys(config);
      RandomStream random(count);
      std::vector<double> counts(count);
      for (int i = 0; i < kDraws; ++i) {
        const std::uint64_t key = keys.sample(random);
        REQUIRE((key >= 1 && key <= count));
        ++counts[key - 1];
      }
      const std::vector<double> expected = chances(config);
      for (std::size_t k = 0; k < count; ++k) {
        CAPTURE(zipf, count, k);
        const double p = expected[k];
        CHECK(std::fabs(counts[k] - kDraws * p) <= 3.9 * std::sqrt(kDraws * p * (1 - p)) + 1);
      }
    }
  }
}

TEST_CASE("A great many keys take no more time or memory") {
  const KeySampler keys(KeysConfig{1'000'000'000'000, 1.1});
  RandomStream random(3);
  std::uint64_t largest = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t key = keys.sample(random);
    REQUIRE((key >= 1 && key <= 1'000'000'000'000));
    largest = std::max(largest, key);
  }
  CHECK(largest > 1'000'000'000);
}

TEST_CASE("A key is hashed as the text that requests carry") {
  CHECK(key_text(42) == "42");
  CHECK(key_hash(42) == xxh64("42"));
}

}  // namespace
}  // namespace meshtwin
