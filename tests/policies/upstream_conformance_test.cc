// What holds of an upstream under every policy of the catalog, whatever happens to its endpoints and to time.
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "policies/catalog.h"
#include "tests/policies/journal/some_policies.h"

namespace meshtwin::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

MembershipPtr members(const std::vector<Member>& list) { return std::make_shared<const Membership>(list); }

MembershipPtr first(std::uint32_t count) {
  std::vector<Member> list;
  for (EndpointIndex e = 0; e < count; ++e) list.push_back({e, 1 + e % 3});
  return members(list);
}

Pick pick(Upstream& upstream, Time now, const std::vector<EndpointIndex>& excluded = {}) {
  return upstream.pick(now, excluded, 7);
}

// As a driver goes on after a pick: probes are answered at once, and so is the attempt, with a report.
void carry_out(Upstream& upstream, Time now, EndpointIndex endpoint, Verdict verdict) {
  LoadReport report;
  report.in_flight = upstream.endpoints().active(endpoint);
  report.latency = report.service_time = milliseconds(1 + endpoint % 3);
  report.application_utilization = 0.5;
  report.requests_per_second = 100;
  for (const ReportFor asker : {ReportFor::policy, ReportFor::shadow}) {
    if (!upstream.probe_lifetime(asker)) continue;
    const auto targets = upstream.probe_targets(now, asker);
    const std::vector<EndpointIndex> asked(targets.begin(), targets.end());
    for (const EndpointIndex target : asked) upstream.handle_report(now, target, report, asker);
  }
  AttemptTicket ticket = upstream.start_attempt(now, endpoint);
  if (upstream.reads_reports()) upstream.handle_report(now, endpoint, report, ReportFor::both);
  ticket.answered = now;
  upstream.finish_attempt(now, ticket, verdict);
}

TEST_CASE("Under every policy, a pick waits for unknown endpoints and fails where there is none") {
  for (const auto& [name, policy] : some_policies()) {
    INFO(name);
    const auto upstream = make_upstream(policy, 3);
    CHECK(pick(*upstream, Time{}).kind == Pick::Kind::queue);
    upstream->update_endpoints(Time{}, members({}));
    CHECK(pick(*upstream, Time{}).kind == Pick::Kind::fail);
    CHECK(pick(*upstream, Time{}, {0, 1}).kind == Pick::Kind::fail);
    std::vector<Member> leaving;
    for (EndpointIndex e = 0; e < 3; ++e) leaving.push_back({e, 1, true, true});
    upstream->update_endpoints(Time{}, members(leaving));
    CHECK(pick(*upstream, Time{}).kind == Pick::Kind::fail);
  }
}

TEST_CASE("Under every policy, where all are unhealthy a pick fails, or panics to one of them") {
  for (const auto& [name, policy] : some_policies()) {
    INFO(name);
    const auto upstream = make_upstream(policy, 3);
    upstream->update_endpoints(Time{}, members({{4, 1, false}, {9, 2, false}}));
    const Pick none = pick(*upstream, Time{});
    const bool panics = policy.priorities || policy.locality;
    if (!panics) CHECK(none.kind == Pick::Kind::fail);
    if (none.kind == Pick::Kind::picked) CHECK((none.endpoint == 4 || none.endpoint == 9));
    upstream->update_endpoints(Time{}, members({{4, 1, false}, {9, 2, true}}));
    const Pick one = pick(*upstream, Time{});
    REQUIRE(one.kind == Pick::Kind::picked);
    if (!panics) CHECK(one.endpoint == 9);
  }
}

TEST_CASE("Under every policy, an endpoint may vanish between its pick and its start, and before its end") {
  for (const auto& [name, policy] : some_policies()) {
    INFO(name);
    const auto upstream = make_upstream(policy, 3);
    Time now{};
    upstream->update_endpoints(now, first(4));
    for (int round = 0; round < 50; ++round) {
      now += milliseconds(20);
      const Pick picked = pick(*upstream, now);
      if (picked.kind != Pick::Kind::picked) continue;
      std::vector<Member> others;
      for (EndpointIndex e = 0; e < 4; ++e) {
        if (e != picked.endpoint) others.push_back({e, 1 + e % 3});
      }
      upstream->update_endpoints(now, members(others));
      carry_out(*upstream, now, picked.endpoint, round % 4 == 0 ? Verdict::failure : Verdict::success);
      CHECK(upstream->endpoints().active(picked.endpoint) == 0);
      const Pick next = pick(*upstream, now);
      if (next.kind == Pick::Kind::picked) CHECK(next.endpoint != picked.endpoint);
      const AttemptTicket ticket = upstream->start_attempt(now, others[0].endpoint);
      upstream->update_endpoints(now, first(4));
      upstream->finish_attempt(now, ticket, Verdict::cancelled);
    }
  }
}

// The clock may stand still for as long as it likes, and then leap.
TEST_CASE("Under every policy, picks are of eligible members while time stands still, and when it has leapt") {
  for (const auto& [name, policy] : some_policies()) {
    INFO(name);
    const auto upstream = make_upstream(policy, 3);
    upstream->update_endpoints(Time{}, first(6));
    const bool panics = policy.priorities || policy.locality;
    for (const Time now : {Time(milliseconds(5)), Time(hours(1)), Time(hours(2)), Time(hours(9000))}) {
      int picks = 0;
      for (int round = 0; round < 500; ++round) {
        const Pick picked = pick(*upstream, now);
        if (picked.kind == Pick::Kind::queue) CHECK(picked.until > now);
        if (picked.kind != Pick::Kind::picked) continue;
        ++picks;
        REQUIRE(upstream->endpoints().membership()->contains(picked.endpoint));
        if (!panics) REQUIRE(upstream->endpoints().is_eligible(picked.endpoint));
        carry_out(*upstream, now, picked.endpoint, round % 50 == 0 ? Verdict::failure : Verdict::success);
      }
      CHECK(picks > 0);
    }
  }
}

}  // namespace
}  // namespace meshtwin::test
