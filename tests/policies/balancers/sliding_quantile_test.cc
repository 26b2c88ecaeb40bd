#include "policies/balancers/sliding_quantile.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

TEST_CASE("a sliding quantile is that of the latest values, sorted") {
  for (const std::uint32_t values : {1u, 3u, 20u, 100'000u}) {
    RandomStream random(values);
    SlidingQuantile sliding;
    std::vector<std::uint32_t> all;
    for (int i = 0; i < 1000; ++i) {
      all.push_back(static_cast<std::uint32_t>(random.below(values)));
      sliding.add(all.back());
      const std::size_t count = std::min(all.size(), SlidingQuantile::kWindow);
      std::vector<std::uint32_t> latest(all.end() - static_cast<std::ptrdiff_t>(count), all.end());
      std::sort(latest.begin(), latest.end());
      for (const double q : {0.0, 0.01, 0.5, 0.84, 1.0}) {
        const auto rank = static_cast<std::size_t>(std::max(std::ceil(q * static_cast<double>(count)), 1.0));
        REQUIRE(sliding.at(q) == latest[rank - 1]);
      }
    }
  }
}

}  // namespace
}  // namespace meshtwin
