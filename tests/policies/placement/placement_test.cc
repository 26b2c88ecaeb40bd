// Subsets, priorities, localities and slow start, each around any balancer.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include "policies/placement/localities.h"
#include "policies/placement/priority_levels.h"
#include "policies/placement/rendezvous_subset.h"
#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

using std::chrono::seconds;

std::vector<Member> plain_members(EndpointIndex count) {
  std::vector<Member> members;
  for (EndpointIndex e = 0; e < count; ++e) members.push_back({e, 1});
  return members;
}

// `eligible` of `count` in each level.
struct LevelOf {
  int eligible;
  int count;
};
EndpointSet levels(const std::vector<LevelOf>& list) {
  std::vector<Member> members;
  for (std::size_t level = 0; level < list.size(); ++level) {
    for (int i = 0; i < list[level].count; ++i) {
      Member member{static_cast<EndpointIndex>(members.size()), 1, i < list[level].eligible};
      member.priority = static_cast<std::uint8_t>(3 * level);
      members.push_back(member);
    }
  }
  EndpointSet set;
  set.update(std::make_shared<const Membership>(members));
  return set;
}

std::vector<int> percents(const std::vector<PartMembers>& parts) {
  std::vector<int> out;
  for (const PartMembers& part : parts) out.push_back(static_cast<int>(std::lround(100 * part.load)));
  return out;
}

// The tables of Envoy's documentation (intro/arch_overview/upstream/load_balancing/priority.rst), whose rounding is
// down.
TEST_CASE("Priorities: levels take over from each other as Envoy's tables say") {
  const PriorityLevels division{PrioritiesConfig{}};
  const auto loads = [&](const std::vector<LevelOf>& list) { return percents(division.divide(levels(list))); };
  CHECK(loads({{100, 100}, {100, 100}}) == std::vector{100, 0});
  CHECK(loads({{72, 100}, {72, 100}}) == std::vector{100, 0});
  CHECK(loads({{71, 100}, {71, 100}}) == std::vector{99, 1});
  CHECK(loads({{50, 100}, {50, 100}}) == std::vector{70, 30});
  CHECK(loads({{25, 100}, {100, 100}}) == std::vector{35, 65});
  CHECK(loads({{25, 100}, {25, 100}}) == std::vector{50, 50});
  CHECK(loads({{0, 100}, {100, 100}}) == std::vector{0, 100});
  CHECK(loads({{100, 100}, {100, 100}, {100, 100}}) == std::vector{100, 0, 0});
  CHECK(loads({{25, 100}, {100, 100}, {100, 100}}) == std::vector{35, 65, 0});
  CHECK(loads({{25, 100}, {0, 100}, {100, 100}}) == std::vector{35, 0, 65});
  CHECK(loads({{25, 100}, {25, 100}, {100, 100}}) == std::vector{35, 35, 30});
  CHECK(loads({{25, 100}, {25, 100}, {25, 100}}) == std::vector{35, 35, 30});
  CHECK(loads({{25, 100}, {0, 100}, {10, 100}}) == std::vector{71, 0, 29});
}

// Envoy's panic_threshold.rst: only where the levels together can't take the load.
TEST_CASE("Priorities: a level below the threshold panics where all together can't take the load") {
  const PriorityLevels division{PrioritiesConfig{}};
  const auto panics = [&](const std::vector<LevelOf>& list) {
    std::vector<bool> out;
    for (const PartMembers& part : division.divide(levels(list))) out.push_back(part.all_eligible);
    return out;
  };
  CHECK(panics({{25, 100}, {100, 100}}) == std::vector{false, false});
  CHECK(panics({{40, 100}, {40, 100}}) == std::vector{false, false});  // 56 + 56
  CHECK(panics({{25, 100}, {25, 100}}) == std::vector{true, true});
  CHECK(panics({{60, 100}}) == std::vector{false});  // 84 %, but above the threshold
  CHECK(panics({{0, 100}, {0, 100}}) == std::vector{true, false});
  CHECK(PriorityLevels(PrioritiesConfig{1.4, 0}).divide(levels({{0, 9}}))[0].load == 0);
}

TEST_CASE("Priorities: picks follow the loads, go elsewhere where all are excluded, and spare those that drain") {
  PolicyConfig config;
  config.priorities = PrioritiesConfig{};
  std::vector<Member> members = plain_members(8);
  for (EndpointIndex e = 4; e < 8; ++e) members[e].priority = 1;
  members[0].healthy = members[1].healthy = false;  // half of the first level: 70 %
  BenchOfEndpoints bench(config, members);
  auto counts = bench.count(8, 10'000);
  CHECK(counts[0] + counts[1] == 0);
  CHECK(static_cast<double>(counts[2] + counts[3]) == Approx(7'000).margin(3.9 * std::sqrt(10'000 * .21)));
  for (int i = 0; i < 50; ++i) CHECK(bench.pick({2, 3}) >= 4);
  for (Member& member : members) member.healthy = false;
  members[2].draining = true;
  bench.set_members(members);  // panic
  counts = bench.count(8, 1'000);
  CHECK(counts[2] == 0);
  CHECK(counts[0] > 200);
  CHECK(counts[4] == 0);
}

TEST_CASE("Localities: the own one first, as far as enough of it is eligible, and the others by weight") {
  std::vector<Member> members = plain_members(12);
  for (EndpointIndex e = 0; e < 12; ++e) {
    members[e].locality = e / 4;
    members[e].weight = e >= 8 ? 3 : 1;
  }
  EndpointSet set;
  set.set_own_locality(0);
  const Localities division{LocalityConfig{}};
  const auto loads = [&](int healthy_at_home) {
    for (EndpointIndex e = 0; e < 4; ++e) members[e].healthy = static_cast<int>(e) < healthy_at_home;
    set.update(std::make_shared<const Membership>(members));
    return percents(division.divide(set));
  };
  CHECK(loads(4) == std::vector{100, 0, 0});
  CHECK(loads(3) == std::vector{100, 0, 0});
  CHECK(loads(2) == std::vector{70, 8, 23});  // 30 % as 4 to 12
  CHECK(loads(0) == std::vector{0, 25, 75});
  set.set_own_locality(9);
  CHECK(loads(4) == std::vector{20, 20, 60});
  const Localities weighted{LocalityConfig{LocalityConfig::Prefer::weight}};
  set.set_own_locality(0);
  for (EndpointIndex e = 8; e < 10; ++e) members[e].healthy = false;
  set.update(std::make_shared<const Membership>(members));
  CHECK(percents(weighted.divide(set)) == std::vector{24, 24, 51});  // 4, 4 and 12 * .7
}

TEST_CASE("Subset: each client keeps to its own, all endpoints are used alike, and few move with the members") {
  constexpr EndpointIndex kEndpoints = 50;
  constexpr std::uint32_t kSize = 10;
  std::vector<int> uses(kEndpoints);
  for (std::uint64_t client = 0; client < 500; ++client) {
    const RendezvousSubset division(SubsetConfig{kSize}, client);
    EndpointSet set;
    set.update(std::make_shared<const Membership>(plain_members(kEndpoints)));
    const auto before = division.divide(set)[0].members;
    REQUIRE(before.size() == kSize);
    REQUIRE(std::is_sorted(before.begin(), before.end()));
    for (const EndpointIndex e : before) ++uses[e];
    std::vector<Member> fewer = plain_members(kEndpoints);
    std::erase_if(fewer, [&](const Member& m) { return m.endpoint == before[3]; });
    set.update(std::make_shared<const Membership>(fewer));
    const auto after = division.divide(set)[0].members;
    std::vector<EndpointIndex> kept;
    std::set_intersection(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(kept));
    REQUIRE(kept.size() == kSize - 1);
  }
  for (const int count : uses) CHECK(std::abs(count - 100) < 4 * std::sqrt(500 * .2 * .8));
}

TEST_CASE("Subset: it holds for retries by trial and error, too, and where nobody of it is eligible, nobody is") {
  PolicyConfig config;
  config.subset = SubsetConfig{3};
  BenchOfEndpoints bench(config, plain_members(20));
  std::set<EndpointIndex> used;
  RandomStream random(1);
  for (int i = 0; i < 200; ++i) {
    used.insert(bench.pick());
    used.insert(bench.balancer().pick_uniformly(PickContext{bench.endpoints, {}, random, bench.now}).endpoint);
  }
  CHECK(used.size() == 3);
  for (const EndpointIndex e : used) bench.endpoints.set_ejected(e, true);
  CHECK(bench.pick() == ~EndpointIndex{0});
}

TEST_CASE("Subset: priorities in it panic where nobody of it is eligible") {
  PolicyConfig config;
  config.subset = SubsetConfig{3};
  config.priorities = PrioritiesConfig{};
  BenchOfEndpoints bench(config, plain_members(20));
  std::set<EndpointIndex> used;
  for (int i = 0; i < 100; ++i) used.insert(bench.pick());
  REQUIRE(used.size() == 3);
  for (const EndpointIndex e : used) bench.endpoints.set_ejected(e, true);
  for (int i = 0; i < 50; ++i) CHECK(used.contains(bench.pick()));
}

// A newcomer among n gets share / n of random picks: its draws stand with the chance `share`.
TEST_CASE("Slow start: a newcomer's part grows along the curve") {
  for (const double aggression : {1.0, 2.0, 0.5}) {
    PolicyConfig config;
    config.balancer = RandomConfig{};
    config.slow_start = SlowStartConfig{seconds(100), aggression, 0.1};
    BenchOfEndpoints bench(config, plain_members(4));
    bench.pick();
    bench.now = Time(seconds(1'000));
    bench.set_members(plain_members(5));
    bench.pick();
    for (const int age : {0, 10, 40, 70, 100}) {
      bench.now = Time(seconds(1'000 + age));
      constexpr double kPicks = 20'000;
      const double share = std::max(0.1, std::pow(std::max(age, 1) / 100.0, 1 / aggression));
      const double p = share / 5;
      CAPTURE(aggression, age);
      CHECK(std::fabs(static_cast<double>(bench.count(5, static_cast<int>(kPicks))[4]) - kPicks * p) <
            3.9 * std::sqrt(kPicks * p * (1 - p)));
    }
  }
}

TEST_CASE("Slow start: where all are new, all get their part") {
  PolicyConfig config;
  config.balancer = RandomConfig{};
  config.slow_start = SlowStartConfig{};
  BenchOfEndpoints bench(config, plain_members(4));
  for (const std::uint64_t count : bench.count(4, 8'000)) CHECK(std::fabs(static_cast<double>(count) - 2'000) < 155);
}

// Random members, health, ejections, requests under way and exclusions: who is picked may be, and the parts count as
// the whole does, which archive() would refuse otherwise.
TEST_CASE("Placement around every balancer picks who is eligible, or in panic a member") {
  const std::vector<BalancerConfig> balancers{RandomConfig{}, WeightedRandomConfig{}, RoundRobinConfig{},
                                              WeightedRoundRobinConfig{}, LeastRequestConfig{}, PeakEwmaConfig{},
                                              RingHashConfig{}, MaglevConfig{{}, 251, {}}, JoinIdleQueueConfig{},
                                              PrequalConfig{}, C3Config{3, 1, 0.9, std::nullopt},
                                              OrcaWeightedRoundRobinConfig{}, ApertureConfig{}};
  for (const BalancerConfig& balancer : balancers) {
    for (const bool panics : {false, true}) {
      PolicyConfig config;
      config.balancer = balancer;
      config.subset = SubsetConfig{9};
      config.priorities = PrioritiesConfig{1.4, panics ? 0.5 : 0};
      config.locality = LocalityConfig{};
      config.slow_start = SlowStartConfig{};
      RandomStream random(11);
      BenchOfEndpoints bench(config, plain_members(12), 5);
      for (int round = 0; round < 2'000; ++round) {
        INFO("balancer " << balancer.index() << ", round " << round);
        bench.now += std::chrono::milliseconds(random.below(300));
        if (random.below(8) == 0) {
          std::vector<Member> members;
          for (EndpointIndex e = 0; e < 12; ++e) {
            if (random.below(4) == 0) continue;
            members.push_back({e, static_cast<std::uint32_t>(random.below(3)), random.below(3) > 0,
                               random.below(8) == 0, static_cast<std::uint8_t>(random.below(3)),
                               static_cast<LocalityIndex>(random.below(3))});
          }
          if (members.empty()) members.push_back({3, 1});
          bench.set_members(members);
        }
        if (random.below(8) == 0) {
          bench.endpoints.set_ejected(static_cast<EndpointIndex>(random.below(12)), random.below(2) == 0);
        }
        if (!panics && bench.endpoints.eligible().empty()) continue;
        std::vector<EndpointIndex> excluded(random.below(4));
        for (EndpointIndex& e : excluded) e = static_cast<EndpointIndex>(random.below(12));
        const EndpointIndex picked = bench.pick(excluded);
        if (picked == ~EndpointIndex{0}) continue;
        REQUIRE(bench.endpoints.membership()->contains(picked));
        REQUIRE_FALSE(bench.endpoints.membership()->draining(picked));
        if (!panics) REQUIRE(bench.endpoints.is_eligible(picked));
        bench.set_active(picked, static_cast<std::uint32_t>(random.below(4)));
      }
    }
  }
}

}  // namespace
}  // namespace meshtwin::test
