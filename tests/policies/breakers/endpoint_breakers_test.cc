// Breakers of scope "endpoint": a failing endpoint is taken out, and the others take over.
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "core/call/calls.h"
#include "policies/catalog.h"

namespace meshtwin {
namespace {

using std::chrono::milliseconds;

constexpr Time at(std::int64_t ms) { return Time(milliseconds(ms)); }

// The second failure within 100 ms opens for 50 ms; then one probe.
PolicyConfig config() {
  PolicyConfig policy;
  policy.balancer = RandomConfig{};
  policy.breaker =
      WindowBreakerConfig{milliseconds(100), 1, milliseconds(50), 1, WindowBreakerConfig::Scope::endpoint};
  return policy;
}

MembershipPtr members(const std::vector<EndpointIndex>& endpoints) {
  std::vector<Member> list;
  for (const EndpointIndex e : endpoints) list.push_back({e, 1});
  return std::make_shared<const Membership>(list);
}

std::vector<EndpointIndex> eligible(const Upstream& upstream) {
  return {upstream.endpoints().eligible().begin(), upstream.endpoints().eligible().end()};
}

void attempt(Upstream& upstream, Time now, EndpointIndex endpoint, Verdict verdict, int times = 1) {
  for (int i = 0; i < times; ++i) {
    upstream.finish_attempt(now, upstream.start_attempt(now, endpoint), verdict);
  }
}

using List = std::vector<EndpointIndex>;

TEST_CASE(
    "A failing endpoint is out for the time it is open, then gets a probe, and is back when it succeeds") {
  const auto upstream = make_upstream(config(), 1);
  upstream->update_endpoints(Time{}, members({0, 1, 2}));
  attempt(*upstream, at(0), 1, Verdict::failure);
  CHECK(eligible(*upstream) == List{0, 1, 2});
  attempt(*upstream, at(10), 1, Verdict::failure);
  CHECK(eligible(*upstream) == List{0, 2});
  for (int i = 0; i < 100; ++i) CHECK(upstream->pick(at(59), {}).endpoint != 1);
  upstream->pick(at(60), {});
  CHECK(eligible(*upstream) == List{0, 1, 2});
  const AttemptTicket probe = upstream->start_attempt(at(60), 1);
  CHECK(eligible(*upstream) == List{0, 2});
  upstream->finish_attempt(at(61), probe, Verdict::success);
  CHECK(eligible(*upstream) == List{0, 1, 2});
  attempt(*upstream, at(62), 1, Verdict::failure);
  CHECK(eligible(*upstream) == List{0, 1, 2});
}

TEST_CASE("A failed probe keeps the endpoint out, a cancelled one makes room for another") {
  const auto upstream = make_upstream(config(), 1);
  upstream->update_endpoints(Time{}, members({0, 1}));
  attempt(*upstream, at(0), 0, Verdict::failure, 2);
  upstream->pick(at(50), {});
  const AttemptTicket first = upstream->start_attempt(at(50), 0);
  upstream->finish_attempt(at(55), first, Verdict::cancelled);
  CHECK(eligible(*upstream) == List{0, 1});
  const AttemptTicket second = upstream->start_attempt(at(56), 0);
  upstream->finish_attempt(at(60), second, Verdict::failure);
  CHECK(eligible(*upstream) == List{1});
  upstream->pick(at(109), {});
  CHECK(eligible(*upstream) == List{1});
  upstream->pick(at(110), {});
  CHECK(eligible(*upstream) == List{0, 1});
}

TEST_CASE("Late failures of attempts from before don't keep an endpoint out for longer") {
  const auto upstream = make_upstream(config(), 1);
  upstream->update_endpoints(Time{}, members({0, 1}));
  const AttemptTicket before = upstream->start_attempt(at(0), 0);
  const AttemptTicket later = upstream->start_attempt(at(0), 0);
  attempt(*upstream, at(0), 0, Verdict::failure, 2);
  upstream->finish_attempt(at(40), before, Verdict::failure);
  upstream->finish_attempt(at(50), later, Verdict::failure);
  CHECK(eligible(*upstream) == List{0, 1});
  upstream->pick(at(50), {});
  CHECK(eligible(*upstream) == List{0, 1});
}

// A retry on the same host asks for no pick, so the first time of readmission is still listed when it fails.
TEST_CASE("An endpoint that opens again before any pick comes back at its new time") {
  const auto upstream = make_upstream(config(), 1);
  upstream->update_endpoints(Time{}, members({0, 1}));
  const AttemptTicket before = upstream->start_attempt(at(0), 0);
  attempt(*upstream, at(0), 0, Verdict::failure, 2);
  upstream->finish_attempt(at(55), before, Verdict::success);
  CHECK(eligible(*upstream) == List{0, 1});
  attempt(*upstream, at(56), 0, Verdict::failure);
  upstream->pick(at(105), {});
  CHECK(eligible(*upstream) == List{1});
  upstream->pick(at(106), {});
  CHECK(eligible(*upstream) == List{0, 1});
}

TEST_CASE("An endpoint that leaves and comes back while it is open stays out") {
  const auto upstream = make_upstream(config(), 1);
  upstream->update_endpoints(Time{}, members({0, 1}));
  attempt(*upstream, at(0), 0, Verdict::failure, 2);
  upstream->update_endpoints(Time{}, members({1, 2}));
  CHECK(eligible(*upstream) == List{1, 2});
  upstream->update_endpoints(Time{}, members({0, 1, 2}));
  CHECK(eligible(*upstream) == List{1, 2});
  upstream->pick(at(50), {});
  CHECK(eligible(*upstream) == List{0, 1, 2});
}

TEST_CASE("An endpoint that is back while all of its probes are out gets no further one") {
  const auto upstream = make_upstream(config(), 1);
  upstream->update_endpoints(Time{}, members({0, 1}));
  attempt(*upstream, at(0), 0, Verdict::failure, 2);
  upstream->pick(at(50), {});
  const AttemptTicket probe = upstream->start_attempt(at(50), 0);
  upstream->update_endpoints(Time{}, members({1}));
  upstream->update_endpoints(Time{}, members({0, 1}));
  CHECK(eligible(*upstream) == List{1});
  upstream->finish_attempt(at(60), probe, Verdict::success);
  CHECK(eligible(*upstream) == List{0, 1});
}

TEST_CASE("Several endpoints come back each at its time") {
  const auto upstream = make_upstream(config(), 1);
  upstream->update_endpoints(Time{}, members({0, 1, 2, 3}));
  attempt(*upstream, at(20), 2, Verdict::failure, 2);
  attempt(*upstream, at(20), 0, Verdict::failure, 2);
  attempt(*upstream, at(30), 1, Verdict::failure, 2);
  CHECK(eligible(*upstream) == List{3});
  upstream->pick(at(70), {});
  CHECK(eligible(*upstream) == List{0, 2, 3});
  upstream->pick(at(80), {});
  CHECK(eligible(*upstream) == List{0, 1, 2, 3});
}

TEST_CASE("With every endpoint out a call is unavailable, until a probe may go") {
  const auto upstream = make_upstream(config(), 1);
  upstream->update_endpoints(Time{}, members({0, 1}));
  attempt(*upstream, at(0), 0, Verdict::failure, 2);
  attempt(*upstream, at(10), 1, Verdict::failure, 2);
  Calls calls(*upstream);
  calls.start(at(20));
  REQUIRE(calls.outputs().size() == 1);
  CHECK(calls.outputs()[0].outcome.failure == FailureKind::unavailable);
  calls.outputs().clear();
  calls.start(at(50));
  REQUIRE(calls.outputs().size() == 1);
  CHECK(calls.outputs()[0].kind == Output::Kind::start_attempt);
  CHECK(calls.outputs()[0].endpoint == 0);
  calls.outputs().clear();
  calls.start(at(50));
  REQUIRE(calls.outputs().size() == 1);
  CHECK(calls.outputs()[0].outcome.failure == FailureKind::unavailable);
}

TEST_CASE("A breaker hears of a switch of protocols at once, and not of how the conversation ends") {
  const auto upstream = make_upstream(config(), 1);
  Calls calls(*upstream);
  calls.update_endpoints(at(0), members({0}));
  attempt(*upstream, at(0), 0, Verdict::failure, 2);
  REQUIRE(eligible(*upstream).empty());
  const CallId probe = calls.start(at(60));
  REQUIRE(eligible(*upstream).empty());
  calls.handle(at(61), probe, 0, AttemptInput::response_head(101, false));
  CHECK(eligible(*upstream) == List{0});
  CHECK(upstream->active_attempts() == 1);
  attempt(*upstream, at(62), 0, Verdict::failure);
  calls.handle(at(63), probe, 0, AttemptInput::failed(FailureKind::reset));
  CHECK(eligible(*upstream) == List{0});
  CHECK(upstream->active_attempts() == 0);
}

TEST_CASE("What fails for want of a local descriptor or port says nothing about the endpoint, and is retried") {
  PolicyConfig policy = config();
  policy.retry.max_attempts = 2;
  policy.retry.on = RetryOn::connect;
  const auto upstream = make_upstream(policy, 1);
  Calls calls(*upstream);
  calls.update_endpoints(at(0), members({0}));
  const CallId call = calls.start(at(0), {.idempotent = false});
  calls.handle(at(0), call, 0, AttemptInput::failed(FailureKind::local));
  REQUIRE(calls.is_open(call));
  calls.handle(at(0), call, 1, AttemptInput::failed(FailureKind::local));
  CHECK(calls.outputs().back().outcome.failure == FailureKind::local);
  CHECK(eligible(*upstream) == List{0});
}

}  // namespace
}  // namespace meshtwin
