// What an upstream counts and keeps of the decisions of its calls.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/core/call/contract_driver.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;

PolicyConfig retries(std::uint32_t max_attempts) {
  PolicyConfig config;
  config.retry.max_attempts = max_attempts;
  config.retry.on = RetryOn::connect | RetryOn::reset | RetryOn::error_5xx;
  config.retry.host = RetryHost::other;
  return config;
}

// "slot.attempt kind what", joined by ", ".
std::string text_of(const DecisionLog& log) {
  std::string text;
  for (std::size_t i = 0; i < log.size(); ++i) {
    const Decision& decision = log[i];
    if (!text.empty()) text += ", ";
    text += std::to_string(decision.of.call.slot) + "." + std::to_string(decision.of.attempt) + " " +
            std::string(name(decision.kind));
    if (decision.of.hedge) text += " (hedge)";
    if (decision.kind == Decision::Kind::retry) {
      text += " " + std::string(name(decision.failure)) + " " + std::string(name(decision.verdict));
    }
    if (decision.kind == Decision::Kind::pick) {
      static const char* const kKinds[] = {"picked", "queue", "fail", "drop"};
      text += std::string(" ") + kKinds[static_cast<std::size_t>(decision.pick)];
    }
    for (const EndpointIndex e : decision.excluded()) text += " not " + std::to_string(e);
  }
  return text;
}

std::string refusal(const PolicyConfig& config, const Script& script, FailureKind failure,
                    const CallStart& start = {}) {
  ContractDriver driver(config, 2, script);
  driver.upstream().keep_decisions(8);
  driver.start(start);
  driver.fail(0, 0, failure);
  const DecisionLog& log = *driver.upstream().decisions();
  return std::string(name(log[1].verdict));
}

TEST_CASE("Decisions are kept in order, with whom they were about and why") {
  Script script;
  script.backoff = milliseconds(10);
  ContractDriver driver(retries(2), 3, script);
  driver.upstream().keep_decisions(16);
  driver.start();
  driver.fail(0, 0, FailureKind::reset);
  driver.wake(0);
  driver.head(0, 1, 503, true);
  const DecisionLog& log = *driver.upstream().decisions();
  CHECK(text_of(log) ==
        "0.0 pick picked, 0.0 retry reset granted, 0.1 pick picked not 0, 0.1 retry 5xx attempts_used_up");
  CHECK(log[0].at == at_ms(0));
  CHECK(log[2].at == at_ms(10));
  CHECK(log.total() == 4);
}

TEST_CASE("A refused retry has its reason") {
  const Script plain;
  CHECK(refusal(retries(1), plain, FailureKind::reset) == "attempts_used_up");
  CHECK(refusal(retries(2), plain, FailureKind::timeout) == "not_retryable");
  CHECK(refusal(retries(2), plain, FailureKind::reset, {.idempotent = false}) == "not_idempotent");
  CHECK(refusal(retries(2), plain, FailureKind::connect, {.idempotent = false}) == "granted");
  Script script;
  script.budget = 0;
  CHECK(refusal(retries(2), script, FailureKind::reset) == "budget");
  script.backoff = milliseconds(10);
  CHECK(refusal(retries(2), script, FailureKind::reset, {.deadline = at_ms(10)}) == "deadline");
  PolicyConfig limited = retries(2);
  limited.limits.retries = 0;
  CHECK(refusal(limited, plain, FailureKind::reset) == "limit");

  ContractDriver driver(retries(2), 2);
  driver.upstream().keep_decisions(8);
  driver.start();
  driver.script().admits = false;
  driver.fail(0, 0, FailureKind::reset);
  driver.script().admits = true;
  driver.start();
  driver.forbid_retries(1);
  driver.fail(1, 0, FailureKind::reset);
  CHECK(text_of(*driver.upstream().decisions()) ==
        "0.0 pick picked, 0.0 retry reset breaker, 0.0 pick picked, 0.0 retry reset forbidden");
}

TEST_CASE("What stands in the way of a pick is a decision as well") {
  PolicyConfig config;
  config.limits.requests = 3;
  config.limits.connections = 1;
  config.limits.pending = 1;
  config.hedge = HedgeConfig{milliseconds(10), 1};
  ContractDriver driver(config, 2);
  driver.upstream().keep_decisions(16);
  driver.start();
  driver.start();
  driver.start();
  driver.start({.deadline = at_ms(5)});
  driver.wake(0);
  driver.script().admits = false;
  driver.cancel(3);
  driver.start();
  CHECK(text_of(*driver.upstream().decisions()) ==
        "0.0 pick picked, 1.0 pending, 2.0 pending_overflow, 2.0 pending_overflow, "
        "0.1 hedge_skipped (hedge), 2.0 rejected_breaker");
  const UpstreamCounters& counters = driver.upstream().counters();
  CHECK(counters.calls == 5);
  CHECK(counters.attempts == 1);
  CHECK(counters.pending == 1);
  CHECK(counters.pending_overflow == 2);
  CHECK(counters.rejected_breaker == 1);
  CHECK(counters.rejected_limit == 0);
}

TEST_CASE("Picks that found nothing are told apart") {
  ContractDriver unknown(PolicyConfig{}, 0);
  unknown.upstream().keep_decisions(4);
  unknown.start();
  CHECK(text_of(*unknown.upstream().decisions()) == "0.0 pick queue, 0.0 pending");
  unknown.update(members(0));
  CHECK(unknown.upstream().counters().unavailable == 1);
  CHECK(text_of(*unknown.upstream().decisions()) ==
        "0.0 pick queue, 0.0 pending, 0.0 pick fail, 0.0 retry unavailable attempts_used_up");
  CHECK((*unknown.upstream().decisions())[2].trace.rule() == "no endpoint is eligible");

  Script script;
  script.picks = {Pick::drop()};
  ContractDriver shed(PolicyConfig{}, 1, script);
  shed.start();
  CHECK(shed.upstream().counters().dropped == 1);
}

TEST_CASE("The ring keeps the last decisions and none by default, and can be taken away") {
  ContractDriver driver(PolicyConfig{}, 2);
  CHECK(driver.upstream().decisions() == nullptr);
  driver.upstream().keep_decisions(3);
  for (std::size_t i = 0; i < 5; ++i) {
    driver.advance_to(at_ms(static_cast<std::int64_t>(i)));
    driver.start();
  }
  const DecisionLog& log = *driver.upstream().decisions();
  CHECK(log.total() == 5);
  CHECK(text_of(log) == "2.0 pick picked, 3.0 pick picked, 4.0 pick picked");
  CHECK(log[0].at == at_ms(2));
  driver.upstream().keep_decisions(0);
  driver.start();
  CHECK(driver.upstream().decisions() == nullptr);
}

TEST_CASE("Retries to the same host and to a random other one say so") {
  for (const RetryHost host : {RetryHost::same, RetryHost::random_other}) {
    PolicyConfig config = retries(2);
    config.retry.host = host;
    ContractDriver driver(config, 3);
    driver.upstream().keep_decisions(4);
    driver.start();
    driver.fail(0, 0, FailureKind::reset);
    const PickTrace& trace = (*driver.upstream().decisions())[2].trace;
    const std::string rule = host == RetryHost::same
                                 ? "retry.host same: where the call was before"
                                 : "retry.host random_other: uniformly among those not tried";
    CHECK(trace.rule() == rule);
    CHECK(trace.winner() == driver.calls()[0].attempts[1].endpoint);
  }
}

TEST_CASE("Counters of calls, attempts, retries, hedges and hedges that won") {
  PolicyConfig config = retries(3);
  config.hedge = HedgeConfig{milliseconds(10), 1};
  config.limits.retries = 1;
  Script script;
  script.budget = 1;
  ContractDriver driver(config, 3, script);
  driver.start();
  driver.wake(0);
  driver.head(0, 1, 200, true);
  driver.start();
  driver.fail(1, 0, FailureKind::reset);
  driver.start();
  driver.fail(2, 0, FailureKind::reset);
  driver.head(1, 1, 200, true);
  driver.start();
  driver.fail(3, 0, FailureKind::reset);
  const UpstreamCounters& counters = driver.upstream().counters();
  CHECK(counters.calls == 4);
  CHECK(counters.attempts == 6);
  CHECK(counters.hedges == 1);
  CHECK(counters.hedge_wins == 1);
  CHECK(counters.retries == 1);
  CHECK(counters.retries_refused_limit == 1);
  CHECK(counters.retries_refused_budget == 1);
  CHECK(driver.violation == "");
}

}  // namespace
}  // namespace meshtwin::test
