#include "policies/retry/backoff.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "policies/catalog.h"
#include "tests/support/chi_square.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;
using Jitter = ExponentialBackoff::Jitter;

std::vector<std::int64_t> bounds_ms(Duration base, Duration max, std::uint32_t count) {
  const ExponentialBackoffPolicy backoff({base, max, Jitter::none});
  RandomStream random(1);
  std::vector<std::int64_t> bounds;
  for (std::uint32_t n = 1; n <= count; ++n) bounds.push_back(backoff.delay(n, random) / milliseconds(1));
  return bounds;
}

TEST_CASE("Backoff without jitter doubles from the base to the cap") {
  using List = std::vector<std::int64_t>;
  CHECK(bounds_ms(milliseconds(25), milliseconds(250), 7) == List{25, 50, 100, 200, 250, 250, 250});
  CHECK(bounds_ms(milliseconds(10), milliseconds(40), 4) == List{10, 20, 40, 40});
  CHECK(bounds_ms(milliseconds(10), milliseconds(41), 4) == List{10, 20, 40, 41});
  CHECK(bounds_ms(milliseconds(30), milliseconds(20), 2) == List{20, 20});
  CHECK(bounds_ms(milliseconds(0), milliseconds(20), 3) == List{0, 0, 0});
}

TEST_CASE("Backoff doesn't overflow however late the retry and large the cap") {
  const ExponentialBackoffPolicy backoff({milliseconds(25), Duration::max(), Jitter::none});
  RandomStream random(1);
  CHECK(backoff.delay(1'000'000, random) == Duration::max());
  const ExponentialBackoffPolicy full({milliseconds(25), Duration::max(), Jitter::full});
  CHECK(full.delay(1'000'000, random) >= Duration::zero());
}

TEST_CASE("Full jitter is uniform from zero to the bound of the retry") {
  const ExponentialBackoffPolicy backoff({milliseconds(25), milliseconds(80), Jitter::full});
  RandomStream random(3);
  for (const auto& [number, bound] : {std::pair{1u, milliseconds(25)},
                                      {2u, milliseconds(50)},
                                      {3u, milliseconds(80)},
                                      {9u, milliseconds(80)}}) {
    std::vector<std::uint64_t> cells(50);
    for (int i = 0; i < 100'000; ++i) {
      const Duration delay = backoff.delay(number, random);
      REQUIRE(delay >= Duration::zero());
      REQUIRE(delay < bound);
      ++cells[static_cast<std::size_t>(delay.count() * 50 / Duration(bound).count())];
    }
    CHECK(std::abs(chi_square_deviation(cells)) < 3);
  }
}

TEST_CASE("No backoff and a base of zero retry at once") {
  CHECK(make_backoff(NoBackoff{}) == nullptr);
  RandomStream random(1);
  const ExponentialBackoffPolicy zero({Duration::zero(), milliseconds(80), Jitter::full});
  CHECK(zero.delay(3, random) == Duration::zero());
}

}  // namespace
}  // namespace meshtwin::test
