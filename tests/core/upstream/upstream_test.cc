#include "core/upstream/upstream.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "tests/core/call/scripted_parts.h"
#include "tests/support/chi_square.h"

namespace meshtwin::test {
namespace {

std::vector<std::uint64_t> random_picks(Upstream& upstream, const std::vector<EndpointIndex>& excluded) {
  std::vector<std::uint64_t> counts(upstream.endpoints().eligible().size());
  for (int i = 0; i < 60'000; ++i) ++counts.at(upstream.pick_random(Time{}, excluded).endpoint);
  return counts;
}

TEST_CASE("Trial and error draws uniformly among the endpoints not tried yet") {
  Script script;
  Upstream upstream(PolicyConfig{}, scripted_parts(script), 3);
  upstream.update_endpoints(Time{}, members(4));
  CHECK(std::abs(chi_square_deviation(random_picks(upstream, {}))) < 3);
  CHECK(std::abs(chi_square_deviation(random_picks(upstream, {1}), {1, 0, 1, 1})) < 3);
  CHECK(std::abs(chi_square_deviation(random_picks(upstream, {1, 1, 1, 1}), {1, 0, 1, 1})) < 3);
  CHECK(std::abs(chi_square_deviation(random_picks(upstream, {0, 3, 9}), {0, 1, 1, 0})) < 3);
  CHECK(std::abs(chi_square_deviation(random_picks(upstream, {0, 1, 2, 3}))) < 3);
}

TEST_CASE("Without endpoints a pick waits, with none of them it fails") {
  Script script;
  Upstream upstream(PolicyConfig{}, scripted_parts(script), 3);
  CHECK(upstream.pick(Time{}, {}).kind == Pick::Kind::queue);
  CHECK(upstream.pick_random(Time{}, {}).kind == Pick::Kind::queue);
  CHECK_FALSE(upstream.can_resume());
  upstream.update_endpoints(Time{}, members(0));
  CHECK(upstream.pick(Time{}, {}).kind == Pick::Kind::fail);
  CHECK(upstream.pick_random(Time{}, {}).kind == Pick::Kind::fail);
  CHECK(upstream.can_resume());
}

TEST_CASE("A retry that the limit refuses costs the budget nothing") {
  PolicyConfig config;
  config.limits.retries = 1;
  Script script;
  script.budget = 2;
  Upstream upstream(config, scripted_parts(script), 3);
  CHECK(upstream.try_begin_retry(Time{}) == RetryVerdict::granted);
  CHECK(upstream.try_begin_retry(Time{}) == RetryVerdict::limit);
  CHECK(script.budget == 1);
  upstream.end_retry();
  CHECK(upstream.try_begin_retry(Time{}) == RetryVerdict::granted);
  upstream.end_retry();
  CHECK(upstream.try_begin_retry(Time{}) == RetryVerdict::budget);
  CHECK(upstream.open_retries() == 0);
}

TEST_CASE("Equal seeds give equal picks, others do not") {
  const auto picks = [](std::uint64_t seed) {
    Script script;
    Upstream upstream(PolicyConfig{}, scripted_parts(script), seed);
    upstream.update_endpoints(Time{}, members(100));
    std::vector<EndpointIndex> list;
    for (int i = 0; i < 50; ++i) list.push_back(upstream.pick_random(Time{}, {}).endpoint);
    return list;
  };
  CHECK(picks(1) == picks(1));
  CHECK(picks(1) != picks(2));
}

}  // namespace
}  // namespace meshtwin::test
