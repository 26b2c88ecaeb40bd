// What holds of every policy of the catalog as another one's shadow.
#include <catch2/catch.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "core/state_archive.h"
#include "tests/policies/journal/recorded_worker.h"
#include "tests/policies/journal/some_policies.h"
#include "tests/policies/parallel_calls.h"

namespace meshtwin::test {
namespace {

using Count = ShadowCounters::Count;

ShadowConfig as_shadow(const PolicyConfig& policy) {
  ShadowConfig out{policy.balancer, policy.breaker, policy.outlier, policy.limits, policy.admission};
  if (policy.admission.codel && !out.limits.connections) out.limits.connections = 6;
  return out;
}

// Round robin, with the placement of `policy`, which is in the dark beside it.
PolicyConfig beside_round_robin(const PolicyConfig& policy) {
  PolicyConfig out = policy;
  out.balancer = RoundRobinConfig{};
  out.breaker.reset();
  out.outlier.reset();
  out.limits = {};
  out.admission = {};
  out.shadow = as_shadow(policy);
  return out;
}

const Shadow& shadow_of(const Upstream& upstream) { return *upstream.shadow(); }

TEST_CASE("Every policy can be the shadow of round robin, which decides as without one") {
  for (const auto& [name, policy] : some_policies()) {
    if (policy.shadow) continue;
    INFO(name);
    PolicyConfig shadowed = beside_round_robin(policy);
    PolicyConfig plain = shadowed;
    plain.shadow.reset();
    LoadOptions options;
    options.places = true;
    RecordedWorker with({shadowed}, options, 65'536);
    RecordedWorker without({plain}, options, 65'536);
    with.load.run(5'000);
    without.load.run(5'000);
    CHECK(with.load.outcomes() == without.load.outcomes());
    CHECK(with.load.decisions() - with.load.dark_decisions() == without.load.decisions());
    CHECK(with.load.now() == without.load.now());
    const ShadowCounters& counters = shadow_of(*with.upstreams[0]).counters();
    CHECK(counters[Count::picks] > 500);
    CHECK(counters[Count::attempts] > 500);
    const bool probes = std::holds_alternative<PrequalConfig>(policy.balancer);
    CHECK(with.load.dark_decisions() == counters[Count::probes]);
    CHECK((counters[Count::probes] > 500) == probes);
  }
}

TEST_CASE("Every policy with every other thing in the dark decides as without it") {
  ShadowConfig shadow{PrequalConfig{}, WindowBreakerConfig{}, OutlierConfig{}, {5, 4, 20, 2}, {}};
  shadow.outlier->consecutive_failures = 3;
  shadow.admission.rate_limit = RateLimitConfig{1'000, 5};
  shadow.admission.adaptive_throttling = AdaptiveThrottlingConfig{};
  shadow.admission.adaptive_concurrency = AimdLimitConfig{};
  shadow.admission.priority_shedding = PrioritySheddingConfig{};
  shadow.admission.codel = CoDelConfig{};
  for (const auto& [name, policy] : some_policies()) {
    INFO(name);
    PolicyConfig shadowed = policy;
    PolicyConfig plain = policy;
    shadowed.shadow = shadow;
    plain.shadow.reset();
    LoadOptions options;
    options.with_key = 0.5;
    options.places = true;
    RecordedWorker with({shadowed}, options, 65'536);
    RecordedWorker without({plain}, options, 65'536);
    with.load.run(5'000);
    without.load.run(5'000);
    CHECK(with.load.outcomes() == without.load.outcomes());
    CHECK(with.load.decisions() - with.load.dark_decisions() == without.load.decisions());
    CHECK(with.load.now() == without.load.now());
  }
}

// The same in charge and in the dark, but for what draws at random: round robin where it starts.
TEST_CASE("A shadow that is as the policy in charge never disagrees with it") {
  for (const BalancerConfig& balancer :
       {BalancerConfig(RoundRobinConfig{}), BalancerConfig(WeightedRoundRobinConfig{}),
        BalancerConfig(MaglevConfig{{}, 251, {}}), BalancerConfig(RingHashConfig{})}) {
    PolicyConfig policy;
    policy.balancer = balancer;
    policy.breaker = WindowBreakerConfig{std::chrono::milliseconds(200), 5, std::chrono::milliseconds(20), 2};
    policy.limits = {3, 8, 16, {}};
    policy.admission.rate_limit = RateLimitConfig{4'500, 20};
    policy.shadow = as_shadow(policy);
    const auto upstream = make_upstream(policy, 3);
    Calls calls(*upstream);
    ParallelCalls load({&calls});
    load.run(10'000);
    const UpstreamCounters& live = upstream->counters();
    CHECK(live.throttled > 100);
    CHECK(live.rejected_breaker > 100);
    CHECK(live.pending + live.pending_overflow > 100);
    const ShadowCounters& counters = shadow_of(*upstream).counters();
    CHECK(counters[Count::picks] > 500);
    for (const Count count : {Count::calls_refused, Count::calls_admitted, Count::calls_shed,
                              Count::calls_kept, Count::attempts_refused, Count::attempts_admitted,
                              Count::attempts_at_ejected}) {
      INFO(ShadowCounters::kNames[count]);
      CHECK(counters[count] == 0);
    }
    const bool draws = hash_key(balancer) == nullptr;
    CHECK(pick_distance(shadow_of(*upstream).shares()) <= (draws ? 0.001 : 0));
    if (!draws) CHECK(counters[Count::picks_differing] == 0);
  }
}

// As a scrape of metrics does, between checkpoints of a journal.
TEST_CASE("Looking at a shadow's counts is no part of its state") {
  PolicyConfig policy;
  policy.shadow = ShadowConfig{};
  policy.shadow->outlier = OutlierConfig{2, {}, {}, std::chrono::milliseconds(70), std::chrono::milliseconds(100),
                                         std::chrono::milliseconds(500), 0.5};
  const auto upstream = make_upstream(policy, 9);
  Calls calls(*upstream);
  ParallelCalls load({&calls});
  load.run(3'000);
  const auto state = [&] {
    std::vector<std::byte> bytes;
    StateArchive save(bytes);
    calls.archive(save);
    return bytes;
  };
  const std::vector<std::byte> before = state();
  CHECK(shadow_of(*upstream).counters()[Count::ejections] > 0);
  CHECK(state() == before);
}

TEST_CASE("A state that was saved and loaded goes on with the shadow's counts, bit for bit") {
  for (const auto& [name, policy] : some_policies()) {
    INFO(name);
    const PolicyConfig shadowed = policy.shadow ? policy : beside_round_robin(policy);
    const auto original = make_upstream(shadowed, 9);
    Calls calls(*original);
    ParallelCalls load({&calls});
    load.run(1'500);
    std::vector<std::byte> bytes;
    StateArchive save(bytes);
    calls.archive(save);
    const auto loaded = make_upstream(shadowed, 9);
    Calls copy(*loaded);
    ByteReader reader(bytes);
    StateArchive restore(reader);
    copy.archive(restore);
    REQUIRE_FALSE(restore.failed());
    REQUIRE(reader.left() == 0);
    load.add(copy);
    load.run(1'500);
    const Shadow& a = shadow_of(*original);
    const Shadow& b = shadow_of(*loaded);
    CHECK(a.counters()[Count::calls] == 3'000);
    CHECK(a.counters().counts == b.counters().counts);
    REQUIRE(a.shares().size() == b.shares().size());
    for (std::size_t e = 0; e < a.shares().size(); ++e) {
      CHECK((a.shares()[e].policy == b.shares()[e].policy && a.shares()[e].shadow == b.shares()[e].shadow));
    }
  }
}

}  // namespace
}  // namespace meshtwin::test
