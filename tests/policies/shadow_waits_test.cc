// What a shadow knows of waits: the places of a limit that isn't in charge.
#include <catch2/catch.hpp>
#include <vector>

#include "tests/policies/parallel_calls.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;
using Count = ShadowCounters::Count;

// Calls to one endpoint, each of which lasts until the test ends it.
class Bench {
 public:
  explicit Bench(const PolicyConfig& policy) : upstream_(make_upstream(policy, 3)), calls_(*upstream_) {
    calls_.update_endpoints(Time{}, std::make_shared<const Membership>(std::vector<Member>{{0, 1}}));
  }
  CallId start(int ms) {
    const CallId id = calls_.start(Time(milliseconds(ms)));
    calls_.outputs().clear();
    return id;
  }
  void end(int ms, CallId id, std::uint8_t attempt = 0, std::uint16_t status = 200) {
    calls_.handle(Time(milliseconds(ms)), id, attempt, AttemptInput::response_head(status, true));
    calls_.outputs().clear();
  }
  std::uint64_t operator[](Count count) const { return std::as_const(*upstream_).shadow()->counters()[count]; }
  Upstream& upstream() { return *upstream_; }

 private:
  std::unique_ptr<Upstream> upstream_;
  Calls calls_;
};

TEST_CASE("A call that finds no place of the shadow's waits in order, and leaves when it ends in truth") {
  PolicyConfig policy;
  policy.shadow = ShadowConfig{{}, {}, {}, {2, 1, {}, {}}, {}};
  Bench bench(policy);
  const CallId a = bench.start(0);
  bench.start(0);
  CHECK(bench[Count::attempts_pending] == 0);
  const CallId c = bench.start(1);
  CHECK(bench[Count::attempts_pending] == 1);
  const CallId d = bench.start(2);  // finds no room to wait
  CHECK(bench[Count::attempts_pending] == 2);
  CHECK(bench[Count::attempts_overflow] == 1);
  bench.end(3, a);  // whose place goes to c
  const CallId e = bench.start(4);
  CHECK(bench[Count::attempts_pending] == 3);
  CHECK(bench[Count::attempts_overflow] == 1);
  bench.end(5, e);  // while it waits
  bench.end(5, d);  // which has nothing to give back
  bench.start(6);
  CHECK(bench[Count::attempts_pending] == 4);
  CHECK(bench[Count::attempts_overflow] == 1);
  bench.start(7);
  CHECK(bench[Count::attempts_overflow] == 2);
  bench.end(8, c);
  bench.start(9);
  CHECK(bench[Count::attempts_pending] == 6);
  CHECK(bench[Count::attempts_overflow] == 2);
  CHECK(bench[Count::attempts] == 8);
  CHECK(bench[Count::calls_refused] == 0);
}

TEST_CASE("A call's retry gives the place of its first attempt back, and asks for one of its own") {
  PolicyConfig policy;
  policy.retry.max_attempts = 2;
  policy.retry.on = RetryOn::error_5xx;
  policy.shadow = ShadowConfig{{}, {}, {}, {1, {}, {}, {}}, {}};
  Bench bench(policy);
  const CallId a = bench.start(0);
  const CallId b = bench.start(1);
  CHECK(bench[Count::attempts_pending] == 1);
  bench.end(2, a, 0, 503);  // the place goes to b, and the retry waits
  CHECK(bench[Count::attempts_pending] == 2);
  bench.end(3, b);  // the retry gets it
  bench.start(4);
  CHECK(bench[Count::attempts_pending] == 3);
  bench.end(5, a, 1);
  const CallId d = bench.start(6);
  CHECK(bench[Count::attempts_pending] == 4);
  bench.end(7, d);
}

// RFC 8289 with a target of 5 ms and an interval of 20 ms; the waits are those for the one place.
TEST_CASE("CoDel in the dark sheds by the waits for the shadow's places, and a call that it shed takes none") {
  PolicyConfig policy;
  policy.shadow = ShadowConfig{{}, {}, {}, {1, {}, {}, {}}, {}};
  policy.shadow->admission.codel = CoDelConfig{milliseconds(5), milliseconds(20)};
  Bench bench(policy);
  std::vector<CallId> calls;
  for (int i = 0; i < 5; ++i) calls.push_back(bench.start(0));
  bench.end(10, calls[0]);  // 1 has waited for 10 ms: too long, for the first time
  bench.end(20, calls[1]);  // 2 for 20
  bench.end(35, calls[2]);  // 3 for 35, and for an interval all of them too long: shed; 4 goes on, until 55
  CHECK(bench[Count::calls_shed] == 0);  // it is counted when the call's end is known
  const CallId late = bench.start(36);
  CHECK(bench[Count::attempts_pending] == 5);
  bench.end(37, calls[3]);
  CHECK(bench[Count::calls_shed] == 1);
  const CallId later = bench.start(38);  // no place has come free
  CHECK(bench[Count::attempts_pending] == 6);
  bench.end(39, calls[4]);  // late has waited for 3 ms: that is the end of it
  bench.end(90, late);      // later for 52: too long, for the first time again
  bench.end(91, later);
  CHECK(bench[Count::calls_shed] == 1);
  CHECK(bench[Count::calls_kept] == 0);
}

TEST_CASE("Where the shadow names no limit of connections, it goes by the policy's") {
  PolicyConfig policy;
  policy.limits.connections = 1;
  policy.shadow = ShadowConfig{};
  policy.shadow->admission.codel = CoDelConfig{milliseconds(5), milliseconds(20)};
  Bench bench(policy);
  const CallId a = bench.start(0);
  bench.start(0);
  CHECK(bench[Count::attempts_pending] == 1);
  CHECK(bench.upstream().counters().pending == 1);
  bench.end(1, a);
  bench.start(2);
  CHECK(bench[Count::attempts_pending] == 2);
  CHECK(bench.upstream().counters().pending == 2);
}

TEST_CASE("A call that waits in truth takes a place where the shadow's limit is wider") {
  PolicyConfig policy;
  policy.limits.connections = 1;
  policy.shadow = ShadowConfig{{}, {}, {}, {2, {}, {}, {}}, {}};
  Bench bench(policy);
  const CallId a = bench.start(0);
  bench.start(0);  // waits in truth
  CHECK(bench[Count::attempts_pending] == 0);
  bench.start(0);
  CHECK(bench[Count::attempts_pending] == 1);
  bench.end(1, a);  // both go on, the second one in truth, the third one in the dark
  bench.start(2);
  CHECK(bench[Count::attempts_pending] == 2);
}

TEST_CASE("What the shadow doesn't name is as in the policy in charge") {
  PolicyConfig policy;
  policy.limits.requests = 1;
  policy.shadow = ShadowConfig{RandomConfig{}};
  Bench bench(policy);
  bench.start(0);
  bench.start(0);
  CHECK(bench.upstream().counters().rejected_limit == 1);
  CHECK(bench[Count::calls] == 2);
  CHECK(bench[Count::calls_admitted] == 0);
  policy.limits.requests.reset();
  policy.admission.rate_limit = RateLimitConfig{1, 1};
  policy.breaker = WindowBreakerConfig{std::chrono::seconds(10), 0, std::chrono::seconds(5), 1};
  Bench other(policy);
  other.end(0, other.start(0), 0, 503);
  other.start(1);
  CHECK(other.upstream().counters().throttled == 1);
  other.start(2'000);
  CHECK(other.upstream().counters().rejected_breaker == 1);
  CHECK(other[Count::calls_admitted] == 0);
  CHECK(other[Count::attempts_admitted] == 0);
}

// Admission controls in the dark that have no wait end would give places to all that CoDel has shed.
TEST_CASE("What the policy's CoDel sheds is kept by a shadow that has none, whether it repeats the limit or not") {
  const auto kept = [](const LimitsConfig& limits) {
    PolicyConfig policy;
    policy.balancer = MaglevConfig{{}, 251, {}};
    policy.limits = {4, 40, {}, {}};
    policy.admission.codel = CoDelConfig{milliseconds(2), milliseconds(20)};
    policy.shadow = ShadowConfig{policy.balancer, {}, {}, limits, {}};
    policy.shadow->admission.rate_limit = RateLimitConfig{1e6, 1'000};
    const auto upstream = make_upstream(policy, 3);
    Calls calls(*upstream);
    ParallelCalls load({&calls});
    load.run(20'000);
    CHECK(upstream->counters().shed > 1'000);
    return upstream->shadow()->counters()[Count::calls_kept];
  };
  CHECK(kept({}) > 100);
  CHECK(kept({}) == kept({4, 40, {}, {}}));
}

// Everything that sheds, by keys where it would draw, under twice the load that the places are for.
TEST_CASE("A shadow that sheds as the policy in charge never disagrees with it") {
  PolicyConfig policy;
  policy.balancer = MaglevConfig{{}, 251, {}};
  policy.limits = {4, 40, {}, {}};
  policy.admission.codel = CoDelConfig{milliseconds(2), milliseconds(20)};
  policy.admission.priority_shedding = PrioritySheddingConfig{milliseconds(3), milliseconds(50), 0.1, 0.02};
  policy.shadow = ShadowConfig{policy.balancer, {}, {}, {}, policy.admission};
  const auto upstream = make_upstream(policy, 3);
  Calls calls(*upstream);
  ParallelCalls load({&calls});
  load.run(20'000);
  const Shadow& shadow = *upstream->shadow();
  CHECK(upstream->counters().shed > 1'000);
  CHECK(upstream->counters().pending > 1'000);
  CHECK(shadow.counters()[Count::attempts_pending] == upstream->counters().pending);
  for (const Count count : {Count::calls_refused, Count::calls_admitted, Count::calls_shed, Count::calls_kept,
                            Count::attempts_overflow, Count::picks_differing}) {
    INFO(ShadowCounters::kNames[count]);
    CHECK(shadow.counters()[count] == 0);
  }
  CHECK(pick_distance(shadow.shares()) == 0);
}

}  // namespace
}  // namespace meshtwin::test
