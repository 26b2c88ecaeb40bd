// A shadow policy decides nothing, and is compared.
#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "tests/policies/journal/recorded_worker.h"
#include "tests/policies/journal/some_policies.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;
using Count = ShadowCounters::Count;

TEST_CASE("A shadow of everything counts what it would have had otherwise") {
  PolicyConfig policy = with_everything(PeakEwmaConfig{});
  policy.shadow = ShadowConfig{MaglevConfig{{}, 251, {}}, WindowBreakerConfig{}, OutlierConfig{}, {3, {}, 5, 1}, {}};
  policy.shadow->outlier->consecutive_failures = 3;
  policy.shadow->admission.rate_limit = RateLimitConfig{1'000, 5};
  LoadOptions options;
  options.with_key = 0.5;
  RecordedWorker worker({policy}, options, 65'536);
  worker.load.run(60'000);
  const ShadowCounters& counters = std::as_const(*worker.upstreams[0]).shadow()->counters();
  CHECK(counters[Count::picks] > 10'000);
  CHECK(counters[Count::picks_differing] > counters[Count::picks] / 2);
  CHECK(counters[Count::calls_refused] > counters[Count::calls] / 2);
  CHECK(counters[Count::attempts_pending] > 0);
  CHECK(counters[Count::retries_refused] > 0);
  CHECK(counters[Count::ejections] > 0);
  CHECK(counters[Count::attempts_at_ejected] > 0);
}

TEST_CASE("The same balancer beside itself agrees where it draws nothing, and as often as chance has it where it does") {
  PolicyConfig policy;
  policy.balancer = MaglevConfig{{}, 251, {}};
  policy.shadow = ShadowConfig{policy.balancer};
  const auto upstream = make_upstream(policy, 3);
  std::vector<Member> members;
  for (EndpointIndex e = 0; e < 10; ++e) members.push_back({e, 1});
  upstream->update_endpoints(Time{}, std::make_shared<const Membership>(members));
  for (std::uint64_t key = 0; key < 1'000; ++key) upstream->pick(Time{}, {}, mix(key, 1));
  CHECK(upstream->shadow()->counters()[Count::picks] == 1'000);
  CHECK(upstream->shadow()->counters()[Count::picks_differing] == 0);
  policy.balancer = RandomConfig{};
  policy.shadow = ShadowConfig{policy.balancer};
  const auto random = make_upstream(policy, 3);
  random->update_endpoints(Time{}, std::make_shared<const Membership>(members));
  for (int i = 0; i < 10'000; ++i) random->pick(Time{}, {});
  CHECK(std::fabs(static_cast<double>(random->shadow()->counters()[Count::picks_differing]) - 9'000) < 3.9 * 30);
  // Their shares are as far apart as chance has it: sqrt(10 / (pi * 10,000)) in the mean.
  CHECK(pick_distance(upstream->shadow()->shares()) == 0);
  CHECK(pick_distance(random->shadow()->shares()) > 0);
  CHECK(pick_distance(random->shadow()->shares()) < 2 * 0.0178);
}

TEST_CASE("Keys that the shadow alone hashes are its own: the policy in charge doesn't see them") {
  PolicyConfig policy;
  policy.balancer = RoundRobinConfig{};
  policy.limits.connections = 1;
  policy.admission.priority_shedding = PrioritySheddingConfig{milliseconds(2), milliseconds(50), 0.1, 0.02};
  const auto plain = make_upstream(policy, 3);
  policy.shadow = ShadowConfig{MaglevConfig{{}, 251, {}}};
  CHECK(only_shadow_hashes(policy));
  const auto shadowed = make_upstream(policy, 3);
  std::vector<Member> members;
  for (EndpointIndex e = 0; e < 10; ++e) members.push_back({e, 1});
  for (Upstream* upstream : {plain.get(), shadowed.get()}) {
    upstream->update_endpoints(Time{}, std::make_shared<const Membership>(members));
  }
  int refused = 0;
  for (int i = 0; i < 5'000; ++i) {
    const Time now{milliseconds(100 + i)};
    const Time waits_since = now - milliseconds(10);
    const CallStart with_key{kNever, true, 7, static_cast<std::uint8_t>(i % CallStart::kUrgencies)};
    const CallStart without_key{kNever, true, {}, with_key.urgency};
    const Admittance a = plain->begin_call(now, without_key);
    const Admittance b = shadowed->begin_call(now, with_key);
    REQUIRE(a.refusal == b.refusal);
    refused += a.refusal != FailureKind::none ? 1 : 0;
    plain->pick(now, {}, without_key.key);
    shadowed->pick(now, {}, with_key.key);
    if (a.refusal != FailureKind::none) continue;
    plain->keeps(now, waits_since);
    shadowed->keeps(now, waits_since);
    plain->end_call(now, now, FailureKind::none, 200, a.shadow);
    shadowed->end_call(now, now, FailureKind::none, 200, b.shadow);
  }
  CHECK(refused > 1'000);
  // One key, one endpoint.
  std::size_t picked = 0;
  for (const PickShare& share : shadowed->shadow()->shares()) picked += share.shadow > 0 ? 1 : 0;
  CHECK(picked == 1);
}

TEST_CASE("A shadow's breaker counts what it would have refused, and what it would have let through") {
  PolicyConfig policy;
  policy.breaker = WindowBreakerConfig{std::chrono::seconds(10), 100, std::chrono::seconds(5), 1};
  policy.shadow = ShadowConfig{};
  policy.shadow->breaker = WindowBreakerConfig{std::chrono::seconds(10), 2, std::chrono::seconds(5), 1};
  const auto upstream = make_upstream(policy, 3);
  Calls calls(*upstream);
  calls.update_endpoints(Time{}, std::make_shared<const Membership>(std::vector<Member>{{0, 1}}));
  const auto call = [&](int ms, std::uint16_t status) {
    const CallId id = calls.start(Time(milliseconds(ms)));
    const bool started = calls.outputs()[0].kind == Output::Kind::start_attempt;
    if (started) calls.handle(Time(milliseconds(ms)), id, 0, AttemptInput::response_head(status, true));
    calls.outputs().clear();
    return started;
  };
  for (int i = 0; i < 10; ++i) CHECK(call(i, 503));
  const ShadowCounters& counters = upstream->shadow()->counters();
  CHECK(counters[Count::attempts] == 10);
  CHECK(counters[Count::attempts_refused] == 7);
  // It opened at the third failure and lets a probe through 5 s later, which goes well.
  CHECK(call(6'000, 200));
  CHECK(counters[Count::attempts_refused] == 7);
  CHECK(call(6'001, 200));
  CHECK(counters[Count::attempts_refused] == 7);
  PolicyConfig other = policy;
  std::swap(*other.breaker, *other.shadow->breaker);
  const auto strict = make_upstream(other, 3);
  Calls strict_calls(*strict);
  strict_calls.update_endpoints(Time{}, std::make_shared<const Membership>(std::vector<Member>{{0, 1}}));
  for (int i = 0; i < 10; ++i) {
    const CallId id = strict_calls.start(Time{});
    if (strict_calls.outputs()[0].kind == Output::Kind::start_attempt) {
      strict_calls.handle(Time{}, id, 0, AttemptInput::response_head(503, true));
    }
    strict_calls.outputs().clear();
  }
  CHECK(strict->shadow()->counters()[Count::attempts_admitted] == 7);
}

}  // namespace
}  // namespace meshtwin::test
