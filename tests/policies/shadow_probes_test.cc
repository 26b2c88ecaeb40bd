// A shadow that goes by probes sends its own, and hears the answers to no others.
#include <catch2/catch.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "core/call/calls.h"
#include "policies/catalog.h"

namespace meshtwin::test {
namespace {

using Count = ShadowCounters::Count;

constexpr EndpointIndex kEndpoints = 4;

// One call after the other. `answer` says what an endpoint has in flight, for whoever asks.
template <class Answer>
std::unique_ptr<Upstream> run(const PolicyConfig& policy, int calls_made, const Answer& answer) {
  auto upstream = make_upstream(policy, 3);
  Calls calls(*upstream);
  std::vector<Member> members;
  for (EndpointIndex e = 0; e < kEndpoints; ++e) members.push_back({e, 1});
  calls.update_endpoints(Time{}, std::make_shared<const Membership>(members));
  for (int i = 0; i < calls_made; ++i) {
    const Time now{std::chrono::milliseconds(i)};
    const CallId id = calls.start(now);
    const Outputs outputs = std::exchange(calls.outputs(), {});
    for (const Output& output : outputs) {
      if (output.kind != Output::Kind::start_probe) continue;
      LoadReport report;
      report.in_flight = answer(output.asks, output.endpoint);
      calls.handle_report(now, output.endpoint, report, output.asks);
    }
    calls.handle(now, id, 0, AttemptInput::response_head(200, true));
    calls.outputs().clear();
  }
  return upstream;
}

PolicyConfig with_prequal_in_the_dark(const BalancerConfig& in_charge) {
  PolicyConfig policy;
  policy.balancer = in_charge;
  policy.shadow = ShadowConfig{PrequalConfig{2, 0, 16, std::chrono::seconds(1), 0, 1}};
  return policy;
}

TEST_CASE("Prequal in the dark asks endpoints itself, and picks by what they say") {
  const auto upstream = run(with_prequal_in_the_dark(RoundRobinConfig{}), 1'000, [](ReportFor asker, EndpointIndex e) {
    CHECK(asker == ReportFor::shadow);
    return e == 2 ? 0u : 1'000u;
  });
  const Shadow& shadow = *upstream->shadow();
  CHECK(shadow.counters()[Count::probes] == 2'000);
  CHECK(upstream->counters().probes == 0);
  REQUIRE(shadow.shares().size() == kEndpoints);
  CHECK(shadow.shares()[2].policy == 250);
  // Of four endpoints the pool has two answers.
  CHECK(shadow.shares()[2].shadow > 450);
  CHECK(pick_distance(shadow.shares()) > 0.2);
}

TEST_CASE("Prequal in charge and Prequal in the dark each go by their own answers") {
  PolicyConfig policy = with_prequal_in_the_dark(PrequalConfig{3, 0, 16, std::chrono::seconds(1), 0, 1});
  const auto idle = [](ReportFor asker, EndpointIndex e) {
    return e == (asker == ReportFor::shadow ? 1u : 3u) ? 0u : 1'000u;
  };
  const auto upstream = run(policy, 1'000, idle);
  const Shadow& shadow = *upstream->shadow();
  CHECK(upstream->counters().probes == 3'000);
  CHECK(shadow.counters()[Count::probes] == 2'000);
  CHECK(shadow.shares()[3].policy > 450);
  CHECK(shadow.shares()[3].shadow < 250);
  CHECK(shadow.shares()[1].shadow > 450);
  CHECK(shadow.shares()[1].policy < 250);
}

TEST_CASE("A shadow that doesn't probe hears no answers to probes, and the policy in charge none to its shadow's") {
  // Whoever heard of the load would have to leave endpoint 0, which says that it has most.
  const auto loaded = [](EndpointIndex e) {
    LoadReport report;
    report.application_utilization = e == 0 ? 100 : 0.01;
    report.requests_per_second = 100;
    return report;
  };
  const OrcaWeightedRoundRobinConfig orca{Duration::zero(), std::chrono::hours(1), std::chrono::milliseconds(100), 1};
  for (const ReportFor whom : {ReportFor::policy, ReportFor::shadow, ReportFor::both}) {
    PolicyConfig policy;
    policy.balancer = orca;
    policy.shadow = ShadowConfig{orca};
    const auto upstream = make_upstream(policy, 3);
    std::vector<Member> members;
    for (EndpointIndex e = 0; e < kEndpoints; ++e) members.push_back({e, 1});
    upstream->update_endpoints(Time{}, std::make_shared<const Membership>(members));
    for (int i = 0; i < 10'000; ++i) {
      const Time now{std::chrono::milliseconds(i)};
      for (EndpointIndex e = 0; e < kEndpoints; ++e) upstream->handle_report(now, e, loaded(e), whom);
      upstream->pick(now, {});
    }
    const PickShare& first = upstream->shadow()->shares()[0];
    CHECK((first.policy < 1'000) == (whom != ReportFor::shadow));
    CHECK((first.shadow < 1'000) == (whom != ReportFor::policy));
  }
}

}  // namespace
}  // namespace meshtwin::test
