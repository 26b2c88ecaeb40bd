// Algorithms with scripted behaviour, so that tests of the call machine control every decision around it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/upstream/policy_interfaces.h"
#include "core/upstream/upstream.h"

namespace meshtwin::test {

constexpr Time at_ms(std::int64_t ms) { return Time(std::chrono::milliseconds(ms)); }

// What a test scripts and what it can look at afterwards; the parts below refer to it.
struct Script {
  std::vector<Pick> picks;                     // given out first, in order
  Duration backoff = Duration::zero();         // before each retry
  std::int64_t budget = 1'000'000;             // retries that the budget lets through
  bool admits = true;                          // of the service's breaker
  std::vector<Verdict> verdicts;               // that the breaker was told
  std::vector<std::uint32_t> open_tickets;     // of attempts that the breaker saw start and not finish
  std::vector<EndpointIndex> last_excluded{};  // of the last pick
  std::uint32_t next_ticket = 1;
  int requests = 0;       // that the budget was told of
  int successes = 0;      // likewise
  bool mismatch = false;  // a ticket came back that wasn't out
};

// Without a script: the first eligible endpoint that is not excluded, or the first one.
class ScriptedBalancer final : public Balancer {
 public:
  explicit ScriptedBalancer(Script& script) : script_(script) {}
  Pick pick(const PickContext& context) override {
    script_.last_excluded.assign(context.excluded.begin(), context.excluded.end());
    if (!script_.picks.empty()) {
      const Pick pick = script_.picks.front();
      script_.picks.erase(script_.picks.begin());
      return pick;
    }
    for (const EndpointIndex e : context.endpoints.eligible()) {
      if (!context.excludes(e)) return Pick::picked(e);
    }
    return Pick::picked(context.endpoints.eligible().front());
  }
  double score(const EndpointSet&, EndpointIndex endpoint, Time) const override { return endpoint; }
  ScoreMeaning score_meaning(const EndpointSet&) const override {
    return {"number", ScoreOrder::lower_wins};
  }
  void archive(StateArchive&, const EndpointSet&) override {}

 private:
  Script& script_;
};

class ScriptedBackoff final : public Backoff {
 public:
  explicit ScriptedBackoff(const Script& script) : script_(script) {}
  Duration delay(std::uint32_t, RandomStream&) const override { return script_.backoff; }

 private:
  const Script& script_;
};

class ScriptedBudget final : public RetryBudget {
 public:
  explicit ScriptedBudget(Script& script) : script_(script) {}
  void on_request(Time) override { ++script_.requests; }
  void on_success(Time) override { ++script_.successes; }
  bool try_spend(Time) override {
    if (script_.budget == 0) return false;
    --script_.budget;
    return true;
  }
  void give_back(Time, Time) override { ++script_.budget; }
  void archive(StateArchive&) override {}

 private:
  Script& script_;
};

// Gives out a new ticket for each attempt and notes whether each comes back exactly once.
class ScriptedBreaker final : public Breaker {
 public:
  explicit ScriptedBreaker(Script& script) : script_(script) {}
  State state(Time) const override { return script_.admits ? State::closed : State::open; }
  bool admits(Time) override { return script_.admits; }
  Time opens_until() const override { return kNever; }
  std::uint32_t on_start(Time) override {
    script_.open_tickets.push_back(script_.next_ticket);
    return script_.next_ticket++;
  }
  void on_finish(Time, std::uint32_t ticket, Verdict verdict) override {
    script_.mismatch = script_.mismatch || std::erase(script_.open_tickets, ticket) != 1;
    script_.verdicts.push_back(verdict);
  }
  void archive(StateArchive&) override {}

 private:
  Script& script_;
};

inline PolicyParts scripted_parts(Script& script) {
  PolicyParts parts;
  parts.balancer = std::make_unique<ScriptedBalancer>(script);
  parts.backoff = std::make_unique<ScriptedBackoff>(script);
  parts.budget = std::make_unique<ScriptedBudget>(script);
  parts.service_breaker = std::make_unique<ScriptedBreaker>(script);
  return parts;
}

// Endpoints 0 to count - 1, all of weight 1.
inline MembershipPtr members(std::uint32_t count) {
  std::vector<Member> list;
  for (std::uint32_t e = 0; e < count; ++e) list.push_back({e, 1});
  return std::make_shared<const Membership>(list);
}

}  // namespace meshtwin::test
