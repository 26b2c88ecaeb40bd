#include "core/upstream/shadow_counters.h"

#include <catch2/catch.hpp>

namespace meshtwin {
namespace {

TEST_CASE("How far apart two distributions of picks are") {
  CHECK(pick_distance(std::vector<PickShare>{{10, 10}, {30, 30}}) == 0);
  CHECK(pick_distance(std::vector<PickShare>{{10, 1}, {30, 3}}) == Approx(0).margin(1e-15));
  CHECK(pick_distance(std::vector<PickShare>{{10, 0}, {0, 7}}) == 1);
  CHECK(pick_distance(std::vector<PickShare>{{0, 0}, {5, 10}, {5, 0}}) == Approx(0.5));
  CHECK(std::isnan(pick_distance(std::vector<PickShare>{{10, 0}})));
  CHECK(std::isnan(pick_distance({})));
}

TEST_CASE("Shares add up by endpoint") {
  std::vector<PickShare> sum{{1, 2}};
  add_shares({{10, 20}, {30, 40}}, sum);
  REQUIRE(sum.size() == 2);
  CHECK((sum[0].policy == 11 && sum[0].shadow == 22 && sum[1].policy == 30 && sum[1].shadow == 40));
}

}  // namespace
}  // namespace meshtwin
