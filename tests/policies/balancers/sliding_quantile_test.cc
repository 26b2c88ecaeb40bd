#include "policies/balancers/sliding_quantile.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "core/random/stream.h"
#include "core/state_archive.h"

namespace meshtwin {
namespace {

std::uint32_t by_sorting(const std::vector<std::uint32_t>& all, double q) {
  const std::size_t count = std::min(all.size(), SlidingQuantile::kWindow);
  std::vector<std::uint32_t> latest(all.end() - static_cast<std::ptrdiff_t>(count), all.end());
  std::sort(latest.begin(), latest.end());
  return latest[static_cast<std::size_t>(std::max(std::ceil(q * static_cast<double>(count)), 1.0)) - 1];
}

TEST_CASE("a sliding quantile is that of the latest values, sorted") {
  for (const double q : {0.0, 0.01, 0.5, 0.84, 1.0}) {
    for (const std::uint32_t values : {1u, 3u, 20u, 100'000u}) {
      RandomStream random(values);
      SlidingQuantile sliding(q);
      CHECK(sliding.value() == 0);
      std::vector<std::uint32_t> all;
      for (int i = 0; i < 1000; ++i) {
        const std::uint32_t drift = i % 300 < 150 ? 0 : 7;  // so that it moves by more than one value
        all.push_back(drift + static_cast<std::uint32_t>(random.below(values)));
        sliding.add(all.back());
        REQUIRE(sliding.value() == by_sorting(all, q));
      }
    }
  }
}

TEST_CASE("a sliding quantile goes on from its archive as if nothing had been") {
  for (const int before : {0, 1, 50, 128, 200}) {
    RandomStream random(5);
    SlidingQuantile sliding(0.84);
    for (int i = 0; i < before; ++i) sliding.add(static_cast<std::uint32_t>(random.below(30)));
    std::vector<std::byte> bytes;
    StateArchive saving(bytes);
    sliding.archive(saving);
    SlidingQuantile loaded(0.84);
    loaded.add(1'000);
    ByteReader reader(bytes);
    StateArchive loading(reader);
    loaded.archive(loading);
    REQUIRE(!loading.failed());
    CHECK(loaded.value() == sliding.value());
    for (int i = 0; i < 300; ++i) {
      const auto value = static_cast<std::uint32_t>(random.below(30));
      sliding.add(value);
      loaded.add(value);
      REQUIRE(loaded.value() == sliding.value());
    }
  }
}

}  // namespace
}  // namespace meshtwin
