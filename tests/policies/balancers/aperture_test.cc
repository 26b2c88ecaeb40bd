#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "policies/balancers/aperture.h"
#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::size_t width(BenchOfEndpoints& bench) { return dynamic_cast<ApertureBalancer&>(bench.balancer()).width(); }

// Requests come one each millisecond and take `latency_ms`, so that as many are under way.
std::set<EndpointIndex> load(BenchOfEndpoints& bench, int latency_ms, int requests) {
  std::set<EndpointIndex> used;
  std::vector<EndpointIndex> under_way;
  for (int i = 0; i < requests; ++i) {
    bench.now += milliseconds(1);
    const EndpointIndex picked = bench.pick();
    if (i >= requests / 2) used.insert(picked);
    bench.start(picked);
    under_way.push_back(picked);
    if (i < latency_ms) continue;
    bench.finish(under_way[static_cast<std::size_t>(i - latency_ms)], milliseconds(latency_ms));
  }
  for (int i = std::max(0, requests - latency_ms); i < requests; ++i) {
    bench.finish(under_way[static_cast<std::size_t>(i)], milliseconds(latency_ms));
  }
  return used;
}

TEST_CASE("Aperture: it is as wide as requests are under way, within the band, and narrows again") {
  BenchOfEndpoints bench(ApertureConfig{0.875, 1.125, seconds(1), 3}, std::vector<std::uint32_t>(100, 1));
  CHECK(load(bench, 1, 5'000).size() == 3);
  const auto used = load(bench, 20, 20'000);
  CHECK(width(bench) >= 17);  // 20 / 1.125
  CHECK(width(bench) <= 23);  // 20 / 0.875
  CHECK(used.size() <= 24);
  load(bench, 5, 20'000);
  CHECK(width(bench) <= 6);
}

TEST_CASE("Aperture: it is never wider than there are endpoints, nor narrower than its least size") {
  BenchOfEndpoints bench(ApertureConfig{0.875, 1.125, seconds(1), 2}, std::vector<std::uint32_t>(5, 1));
  load(bench, 50, 10'000);
  CHECK(width(bench) == 5);
  load(bench, 0, 10'000);
  CHECK(width(bench) == 2);
}

TEST_CASE("Aperture: clients use different endpoints, and those of one change little with the members") {
  std::vector<std::uint64_t> uses(60);
  for (std::uint64_t client = 0; client < 400; ++client) {
    BenchOfEndpoints bench(ApertureConfig{0.875, 1.125, seconds(1), 6}, std::vector<std::uint32_t>(60, 1), client);
    std::set<EndpointIndex> used;
    for (int i = 0; i < 100; ++i) used.insert(bench.pick());
    REQUIRE(used.size() == 6);
    for (const EndpointIndex e : used) ++uses[e];
    bench.endpoints.set_ejected(*used.begin(), true);
    std::set<EndpointIndex> then;
    for (int i = 0; i < 100; ++i) then.insert(bench.pick());
    std::vector<EndpointIndex> kept;
    std::set_intersection(used.begin(), used.end(), then.begin(), then.end(), std::back_inserter(kept));
    REQUIRE(kept.size() == 5);
  }
  // 400 * 6 / 60 each, from a hypergeometric draw.
  for (const std::uint64_t count : uses) CHECK((count > 15 && count < 70));
}

}  // namespace
}  // namespace meshtwin::test
