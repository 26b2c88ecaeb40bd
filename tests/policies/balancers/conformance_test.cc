// What every balancer of the catalog has to do. A new one is added to `balancers()`.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

struct Named {
  const char* name;
  BalancerConfig config;
};

std::vector<Named> balancers() {
  return {{"random", RandomConfig{}},
          {"weighted random", WeightedRandomConfig{}},
          {"round robin", RoundRobinConfig{}},
          {"weighted round robin", WeightedRoundRobinConfig{}},
          {"least request, 2 choices", LeastRequestConfig{2, 1.0}},
          {"least request, 5 choices", LeastRequestConfig{5, 1.0}},
          {"least request, most choices", LeastRequestConfig{kMaxChoices, 1.0}},
          {"least request, all", LeastRequestConfig{std::nullopt, 1.0}},
          {"least request, 2 choices, bias 1.7", LeastRequestConfig{2, 1.7}},
          {"least request, all, bias 1.7", LeastRequestConfig{std::nullopt, 1.7}},
          {"least request, 2 choices, stale", LeastRequestConfig{2, 1.0, std::chrono::milliseconds(10)}},
          {"least request, 5 choices, stale", LeastRequestConfig{5, 1.7, std::chrono::hours(1)}},
          {"least request, 2 choices with replacement", LeastRequestConfig{2, 1.0, std::nullopt, true}},
          {"least request, 5 choices with replacement, stale",
           LeastRequestConfig{5, 1.0, std::chrono::milliseconds(10), true}},
          {"peak EWMA, 2 choices", PeakEwmaConfig{}},
          {"peak EWMA, 3 choices", PeakEwmaConfig{3}},
          {"peak EWMA, most choices", PeakEwmaConfig{kMaxChoices}},
          {"least request, replicas", LeastRequestConfig{3, 1.7, std::nullopt, false, HashKeyConfig{}}},
          {"peak EWMA, replicas", PeakEwmaConfig{.replicas_of = HashKeyConfig{}}},
          {"C3, replicas", C3Config{3, 1, 0.1, std::nullopt, HashKeyConfig{}}},
          {"ring hash", RingHashConfig{}},
          {"ring hash, bounded", RingHashConfig{{}, 1024, 8388608, 125}},
          {"join idle queue", JoinIdleQueueConfig{}},
          {"prequal", PrequalConfig{}},
          {"prequal, hot and cold", PrequalConfig{5, 2, 32, std::chrono::seconds(1), 0.5, 2}},
          {"C3, no rate control", C3Config{3, 1, 0.9, std::nullopt}},
          {"C3, a rate that is never reached", C3Config{2, 10, 0.5, C3RateControl{std::chrono::milliseconds(20), 1e6}}},
          {"ORCA weighted round robin", OrcaWeightedRoundRobinConfig{}},
          {"aperture", ApertureConfig{0.875, 1.125, std::chrono::seconds(15), 1000}},
          {"maglev", MaglevConfig{}},
          {"maglev, bounded", MaglevConfig{{}, 65537, 150}}};
}

TEST_CASE("The list of balancers under test has every type of the policy file") {
  std::vector<bool> seen(std::variant_size_v<BalancerConfig>);
  for (const Named& balancer : balancers()) seen[balancer.config.index()] = true;
  CHECK(std::count(seen.begin(), seen.end(), false) == 0);
}

TEST_CASE("Every balancer picks the only endpoint, excluded or not, whatever its weight") {
  for (const auto& [name, config] : balancers()) {
    INFO(name);
    for (const std::uint32_t weight : {0u, 1u, 4'000'000'000u}) {
      BenchOfEndpoints bench(config, {weight});
      CHECK(bench.pick() == 0);
      CHECK(bench.pick({0}) == 0);
      CHECK(bench.pick({0, 0, 0}) == 0);
      bench.set_members({{41, weight}});
      CHECK(bench.pick({0}) == 41);
    }
  }
}

// Random weights, loads, ejections, members, health and exclusions, which change between picks.
TEST_CASE("Every balancer picks an eligible endpoint, and no excluded one while there is another") {
  for (const auto& [name, config] : balancers()) {
    RandomStream random(7);
    BenchOfEndpoints bench(config, {1});
    bench.reports = true;
    for (int round = 0; round < 4'000; ++round) {
      const std::uint64_t what = random.below(6);
      if (what == 0) {
        std::vector<Member> members;
        for (EndpointIndex e = 0; e < 12; ++e) {
          if (random.below(3) == 0) continue;
          members.push_back({e, static_cast<std::uint32_t>(random.below(4)), random.below(4) > 0});
        }
        if (members.empty()) members.push_back({3, 0});
        bench.set_members(members);
      } else if (what == 1) {
        bench.endpoints.set_ejected(static_cast<EndpointIndex>(random.below(12)), random.below(2) == 0);
      }
      const auto eligible = bench.endpoints.eligible();
      if (eligible.empty()) {
        bench.set_members({{0, 1}});
        continue;
      }
      std::vector<EndpointIndex> excluded(random.below(kMaxAttempts + 1));
      for (EndpointIndex& e : excluded) e = static_cast<EndpointIndex>(random.below(12));
      const bool possible = std::any_of(eligible.begin(), eligible.end(), [&](EndpointIndex e) {
        return std::find(excluded.begin(), excluded.end(), e) == excluded.end();
      });
      const EndpointIndex picked = bench.pick(excluded);
      INFO(name << ", round " << round);
      REQUIRE(bench.endpoints.is_eligible(picked));
      REQUIRE((!possible || std::find(excluded.begin(), excluded.end(), picked) == excluded.end()));
      bench.set_active(picked, static_cast<std::uint32_t>(random.below(5)));
    }
  }
}

TEST_CASE("Every balancer that heeds weights leaves out those of zero, and takes them when it must") {
  for (const auto& [name, config] : balancers()) {
    if (std::holds_alternative<RandomConfig>(config) || std::holds_alternative<RoundRobinConfig>(config))
      continue;
    INFO(name);
    BenchOfEndpoints bench(config, {0, 3, 0, 1});
    const auto counts = bench.count(4, 2'000);
    CHECK(counts[0] + counts[2] == 0);
    const EndpointIndex forced = bench.pick({1, 3});
    CHECK((forced == 0 || forced == 2));
    CHECK(bench.pick({0, 1, 3}) == 2);
    bench.endpoints.set_ejected(1, true);
    bench.endpoints.set_ejected(3, true);
    CHECK(bench.count(4, 2'000)[0] >= 900);
  }
}

TEST_CASE("Every balancer spreads evenly where all weights are zero") {
  for (const auto& [name, config] : balancers()) {
    INFO(name);
    const auto counts = BenchOfEndpoints(config, {0, 0, 0, 0}).count(4, 4'000);
    for (const std::uint64_t count : counts) CHECK((count > 850 && count < 1'150));
  }
}

TEST_CASE("Every balancer copes with 100,000 endpoints") {
  for (const auto& [name, config] : balancers()) {
    INFO(name);
    for (const bool equal : {true, false}) {
      std::vector<std::uint32_t> weights(100'000, 1);
      if (!equal) weights[99'999] = 2;
      BenchOfEndpoints bench(config, weights);
      std::vector<EndpointIndex> picked;
      for (int i = 0; i < 30; ++i) {
        picked.push_back(bench.pick());
        REQUIRE(picked.back() < 100'000);
        bench.set_active(picked.back(), 1);
      }
      std::sort(picked.begin(), picked.end());
      CHECK(std::unique(picked.begin(), picked.end()) - picked.begin() >= 28);
      const EndpointIndex next = bench.pick({picked[0], picked[1]});
      CHECK((next != picked[0] && next != picked[1]));
    }
  }
}

TEST_CASE("Every balancer gives the same picks for the same seed") {
  for (const auto& [name, config] : balancers()) {
    INFO(name);
    const std::vector<std::uint32_t> weights = {3, 1, 2, 5, 1, 1, 4};
    BenchOfEndpoints one(config, weights, 9);
    BenchOfEndpoints two(config, weights, 9);
    for (int i = 0; i < 500; ++i) {
      const EndpointIndex picked =
          one.pick(i % 5 == 0 ? std::vector<EndpointIndex>{0, 3} : std::vector<EndpointIndex>{});
      REQUIRE(picked ==
              two.pick(i % 5 == 0 ? std::vector<EndpointIndex>{0, 3} : std::vector<EndpointIndex>{}));
      one.set_active(picked, static_cast<std::uint32_t>(i) % 4);
      two.set_active(picked, static_cast<std::uint32_t>(i) % 4);
      if (i % 50 == 0) {
        one.endpoints.set_ejected(2, i % 100 == 0);
        two.endpoints.set_ejected(2, i % 100 == 0);
      }
    }
  }
}

// Two of a kind, one of which is asked for its reasons and its view.
TEST_CASE("Every balancer makes the same picks when it is asked why") {
  for (const auto& [name, config] : balancers()) {
    for (const bool equal : {true, false}) {
      RandomStream random(13);
      const std::vector<std::uint32_t> weights =
          equal ? std::vector<std::uint32_t>(40, 1) : std::vector<std::uint32_t>{3, 1, 0, 5, 1, 1, 4, 2, 9};
      BenchOfEndpoints asked(config, weights, 9);
      BenchOfEndpoints plain(config, weights, 9);
      const auto count = static_cast<EndpointIndex>(weights.size());
      for (int i = 0; i < 2'000; ++i) {
        std::vector<EndpointIndex> excluded(random.below(3) == 0 ? random.below(kMaxAttempts + 1) : 0);
        for (EndpointIndex& e : excluded) e = static_cast<EndpointIndex>(random.below(count));
        PickTrace trace;
        const EndpointIndex picked = asked.pick(excluded, &trace);
        INFO(name << ", pick " << i);
        REQUIRE(picked == plain.pick(excluded));
        REQUIRE(trace.winner() == picked);
        REQUIRE(!trace.rule().empty());
        REQUIRE(!trace.candidates().empty());
        int winners = 0;
        for (const PickCandidate& candidate : trace.candidates()) {
          REQUIRE(asked.endpoints.is_eligible(candidate.endpoint));
          if (candidate.endpoint == picked) ++winners;
          if (candidate.endpoint == picked) REQUIRE_FALSE(candidate.excluded);
        }
        REQUIRE(winners == 1);
        for (EndpointIndex e = 0; e < count; ++e) asked.score(e);
        const auto active = static_cast<std::uint32_t>(random.below(5));
        const auto changed = static_cast<EndpointIndex>(random.below(count));
        const bool ejects = random.below(20) == 0;
        for (BenchOfEndpoints* bench : {&asked, &plain}) {
          bench->set_active(picked, active);
          if (ejects && changed > 0) bench->endpoints.set_ejected(changed, active > 2);
        }
      }
    }
  }
}

// No candidate that could have been picked was better than the winner.
TEST_CASE("Every balancer's winner has the best score of those not excluded") {
  for (const auto& [name, config] : balancers()) {
    for (const bool equal : {true, false}) {
      RandomStream random(3);
      BenchOfEndpoints bench(config, equal ? std::vector<std::uint32_t>(7, 2)
                                           : std::vector<std::uint32_t>{3, 1, 2, 5, 1, 1, 4});
      for (int i = 0; i < 500; ++i) {
        std::vector<EndpointIndex> excluded(random.below(4));
        for (EndpointIndex& e : excluded) e = static_cast<EndpointIndex>(random.below(7));
        PickTrace trace;
        const EndpointIndex picked = bench.pick(excluded, &trace);
        bench.set_active(picked, static_cast<std::uint32_t>(random.below(4)));
        if (trace.meaning().order == ScoreOrder::drawn) continue;
        const auto first = std::find_if(trace.candidates().begin(), trace.candidates().end(),
                                        [](const PickCandidate& c) { return !c.excluded; });
        const auto winner = std::find_if(trace.candidates().begin(), trace.candidates().end(),
                                         [&](const PickCandidate& c) { return c.endpoint == picked; });
        INFO(name << ", pick " << i);
        REQUIRE(first->score == winner->score);
      }
    }
  }
}

}  // namespace
}  // namespace meshtwin::test
