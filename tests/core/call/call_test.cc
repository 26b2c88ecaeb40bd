// The order of a call, and how each of its parts answers.
#include "core/call/call.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/core/call/contract_driver.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;
using Stages = std::vector<std::string>;

constexpr RetryOn kOnAll = RetryOn::connect | RetryOn::reset | RetryOn::error_5xx | RetryOn::timeout;

PolicyConfig retries(std::uint32_t max_attempts, RetryOn on = kOnAll) {
  PolicyConfig config;
  config.retry.max_attempts = max_attempts;
  config.retry.on = on;
  config.retry.host = RetryHost::other;
  return config;
}

TEST_CASE("A call that is answered starts once, finishes once, and frees what it took") {
  PolicyConfig config;
  config.timeout = milliseconds(100);
  ContractDriver driver(config, 2);
  driver.start();
  CHECK(driver.said() == "0 starts 0 at 0, 0 wakes at 100ms");
  driver.connected(0, 0);
  driver.head(0, 0, 200, false);
  CHECK(driver.said() == "");
  driver.end(0, 0);
  CHECK(driver.said() == "0 finishes none 200 after 1");
  CHECK(driver.script().requests == 1);
  CHECK(driver.script().successes == 1);
  CHECK(driver.script().verdicts == std::vector{Verdict::success});
  CHECK(driver.violation == "");
}

TEST_CASE("A 4xx is the caller's affair, a 5xx that isn't retried a failure with its status") {
  for (const auto& [status, said, verdict] :
       {std::tuple{404, "0 finishes none 404 after 1", Verdict::success},
        std::tuple{499, "0 finishes none 499 after 1", Verdict::success},
        std::tuple{500, "0 finishes 5xx 500 after 1", Verdict::failure},
        std::tuple{599, "0 finishes 5xx 599 after 1", Verdict::failure},
        std::tuple{600, "0 finishes none 600 after 1", Verdict::success}}) {
    ContractDriver driver(PolicyConfig{}, 1);
    driver.start();
    driver.said();
    driver.head(0, 0, static_cast<std::uint16_t>(status), true);
    CHECK(driver.said() == said);
    CHECK(driver.script().verdicts == std::vector{verdict});
    CHECK(driver.script().successes == (verdict == Verdict::success ? 1 : 0));
  }
}

// Everything is in the way at first; what is removed one by one shows what is asked next.
TEST_CASE("A call asks for the deadline, its place, the breaker, a connection, an endpoint, in this order") {
  PolicyConfig config;
  config.limits.requests = 0;
  config.limits.connections = 0;
  config.limits.pending = 0;
  Script closed;
  closed.admits = false;
  const auto outcome = [&](Time deadline, std::uint32_t endpoints) {
    ContractDriver driver(config, endpoints, closed);
    driver.advance_to(at_ms(5));
    driver.start(deadline);
    CHECK(driver.violation == "");
    return driver.said();
  };
  CHECK(outcome(at_ms(5), 0) == "0 finishes timeout 0 after 0");
  CHECK(outcome(at_ms(4), 0) == "0 finishes timeout 0 after 0");
  CHECK(outcome(at_ms(6), 0) == "0 finishes rejected_limit 0 after 0");
  config.limits.requests = 1;
  CHECK(outcome(at_ms(6), 0) == "0 finishes rejected_breaker 0 after 0");
  closed.admits = true;
  CHECK(outcome(at_ms(6), 0) == "0 finishes rejected_limit 0 after 0");
  config.limits.pending = 1;
  CHECK(outcome(at_ms(6), 0) == "0 wakes at 6ms");
  config.limits.connections = 1;
  CHECK(outcome(at_ms(6), 0) == "0 wakes at 6ms");
  CHECK(outcome(at_ms(6), 1) == "0 starts 0 at 0, 0 wakes at 6ms");
}

TEST_CASE("A rejected call takes no place and isn't counted by the retry budget") {
  PolicyConfig config;
  config.limits.requests = 1;
  ContractDriver driver(config, 1);
  driver.start();
  driver.start();
  CHECK(driver.said() == "0 starts 0 at 0, 1 finishes rejected_limit 0 after 0");
  CHECK(driver.script().requests == 1);
  CHECK(driver.upstream().open_calls() == 1);
  driver.head(0, 0, 200, true);
  driver.start();
  CHECK(driver.said() == "0 finishes none 200 after 1, 2 starts 0 at 0");
}

TEST_CASE("What the balancer says ends a call, and only fail is retried") {
  const auto said = [](Pick pick, std::uint32_t endpoints, Duration backoff) {
    Script script;
    script.picks = {pick};
    script.backoff = backoff;
    ContractDriver driver(retries(2), endpoints, script);
    driver.start(at_ms(1000));
    CHECK(driver.violation == "");
    return driver.said();
  };
  CHECK(said(Pick::drop(), 1, milliseconds(10)) == "0 finishes rejected_limit 0 after 0");
  CHECK(said(Pick::fail(), 1, milliseconds(10)) == "0 wakes at 10ms");
  CHECK(said(Pick::fail(), 1, milliseconds(0)) == "0 finishes unavailable 0 after 0");
  CHECK(said(Pick::queue(), 1, milliseconds(10)) == "0 wakes at 1000ms");
}

TEST_CASE("A failed pick counts as a try, and the call goes on once there is an endpoint") {
  Script script;
  script.picks = {Pick::fail(), Pick::fail()};
  script.backoff = milliseconds(10);
  ContractDriver driver(retries(3), 1, script);
  driver.start();
  driver.wake(0);
  CHECK(driver.said() == "0 wakes at 10ms, 0 wakes at 20ms");
  driver.wake(0);
  CHECK(driver.said() == "0 starts 0 at 0");
  driver.fail(0, 0, FailureKind::reset);
  CHECK(driver.said() == "0 finishes reset 0 after 1");
  CHECK(driver.violation == "");
}

TEST_CASE("A service without members is unavailable") {
  ContractDriver driver(PolicyConfig{}, 0);
  driver.update(members(0));
  driver.start();
  CHECK(driver.said() == "0 finishes unavailable 0 after 0");
}

// Which failures each word of `on` lets a call retry.
TEST_CASE("The retry table: kind of failure by what is retried") {
  struct Row {
    const char* kind;
    const char* retried_by;  // of connect, reset, 5xx, timeout
  };
  const std::vector<std::pair<const char*, RetryOn>> columns = {{"connect", RetryOn::connect},
                                                                {"reset", RetryOn::reset},
                                                                {"5xx", RetryOn::error_5xx},
                                                                {"timeout", RetryOn::timeout}};
  const std::vector<Row> rows = {{"connect", "connect "}, {"tls", "connect "}, {"reset", "reset "},
                                 {"protocol", "reset "},  {"5xx", "5xx "},     {"timeout", "timeout "}};
  for (const Row& row : rows) {
    std::string retried_by;
    for (const auto& [word, on] : columns) {
      ContractDriver driver(retries(2, on), 2);
      driver.start();
      driver.said();
      const std::string kind = row.kind;
      if (kind == "5xx") driver.head(0, 0, 502, true);
      if (kind == "connect") driver.fail(0, 0, FailureKind::connect);
      if (kind == "tls") driver.fail(0, 0, FailureKind::tls);
      if (kind == "reset") driver.fail(0, 0, FailureKind::reset);
      if (kind == "protocol") driver.fail(0, 0, FailureKind::protocol);
      if (kind == "timeout") driver.fail(0, 0, FailureKind::timeout);
      const std::string said = driver.said();
      if (said == "0 starts 1 at 1") {
        retried_by += std::string(word) + " ";
      } else {
        CHECK(said == "0 finishes " + kind + (kind == "5xx" ? " 502" : " 0") + " after 1");
      }
    }
    INFO(row.kind);
    CHECK(retried_by == row.retried_by);
  }
}

TEST_CASE("The last of the tries decides: a 5xx goes to the caller, a reset is the outcome") {
  ContractDriver driver(retries(2), 2);
  driver.start();
  driver.fail(0, 0, FailureKind::reset);
  driver.head(0, 1, 503, false);
  driver.end(0, 1);
  CHECK(driver.said() == "0 starts 0 at 0, 0 starts 1 at 1, 0 finishes 5xx 503 after 2");
  driver.start();
  driver.head(1, 0, 503, false);
  driver.fail(1, 1, FailureKind::reset);
  CHECK(driver.said() == "1 starts 0 at 0, 1 cancels 0, 1 starts 1 at 1, 1 finishes reset 0 after 2");
  CHECK(driver.violation == "");
}

TEST_CASE("Where a retry goes: any, the same, another, another at random") {
  const auto second = [](RetryHost host, std::uint32_t endpoints) {
    PolicyConfig config = retries(2);
    config.retry.host = host;
    Script script;
    script.picks = {Pick::picked(endpoints - 1)};
    ContractDriver driver(config, endpoints, script);
    driver.start();
    driver.fail(0, 0, FailureKind::connect);
    return driver.calls()[0].attempts[1].endpoint;
  };
  CHECK(second(RetryHost::any, 3) == 0);
  CHECK(second(RetryHost::same, 3) == 2);
  CHECK(second(RetryHost::other, 1) == 0);
  CHECK(second(RetryHost::other, 2) == 0);
  CHECK(second(RetryHost::random_other, 2) == 0);
  CHECK(second(RetryHost::random_other, 1) == 0);
}

TEST_CASE("The same host is left when it isn't a member any more") {
  PolicyConfig config = retries(3);
  config.retry.host = RetryHost::same;
  ContractDriver driver(config, 2);
  driver.start();
  driver.update(std::make_shared<const Membership>(std::vector<Member>{{1, 1}}));
  driver.fail(0, 0, FailureKind::connect);
  CHECK(driver.said() == "0 starts 0 at 0, 0 starts 1 at 1");
}

TEST_CASE("A backoff is waited for, and one that would reach the deadline ends the call at once") {
  Script script;
  script.backoff = milliseconds(10);
  ContractDriver driver(retries(5), 2, script);
  driver.start(at_ms(25));
  driver.fail(0, 0, FailureKind::reset);
  CHECK(driver.said() == "0 starts 0 at 0, 0 wakes at 25ms, 0 wakes at 10ms");
  driver.wake(0);
  CHECK(driver.said() == "0 starts 1 at 1, 0 wakes at 25ms");
  driver.advance_to(at_ms(14));
  driver.fail(0, 1, FailureKind::reset);
  CHECK(driver.said() == "0 wakes at 24ms");
  driver.wake(0);
  driver.fail(0, 2, FailureKind::reset);
  CHECK(driver.said() == "0 starts 2 at 0, 0 wakes at 25ms, 0 finishes reset 0 after 3");

  ContractDriver exact(retries(5), 2, script);
  exact.start(at_ms(10));
  exact.fail(0, 0, FailureKind::reset);
  CHECK(exact.said() == "0 starts 0 at 0, 0 wakes at 10ms, 0 finishes reset 0 after 1");
  CHECK(exact.script().budget == script.budget);
}

TEST_CASE("A budget that refuses a retry leaves the failure as it is") {
  Script script;
  script.budget = 1;
  ContractDriver driver(retries(4), 3, script);
  driver.start();
  driver.fail(0, 0, FailureKind::reset);
  driver.head(0, 1, 503, true);
  CHECK(driver.said() == "0 starts 0 at 0, 0 starts 1 at 1, 0 finishes 5xx 503 after 2");
  CHECK(driver.script().budget == 0);
}

TEST_CASE("limits.retries counts retries in backoff and under way, each call once") {
  PolicyConfig config = retries(4);
  config.limits.retries = 1;
  Script script;
  script.backoff = milliseconds(10);
  ContractDriver driver(config, 3, script);
  driver.start();
  driver.start();
  driver.fail(0, 0, FailureKind::reset);
  CHECK(driver.upstream().open_retries() == 1);
  driver.fail(1, 0, FailureKind::reset);
  CHECK(driver.said() == "0 starts 0 at 0, 1 starts 0 at 0, 0 wakes at 10ms, 1 finishes reset 0 after 1");
  CHECK(driver.script().budget == script.budget - 1);
  driver.wake(0);
  driver.fail(0, 1, FailureKind::reset);
  CHECK(driver.upstream().open_retries() == 1);
  driver.wake(0);
  driver.head(0, 2, 200, false);
  CHECK(driver.upstream().open_retries() == 1);
  driver.end(0, 2);
  CHECK(driver.upstream().open_retries() == 0);
  CHECK(driver.violation == "");
}

TEST_CASE("A response whose retry the breaker refuses goes to the caller") {
  ContractDriver driver(retries(3), 2);
  driver.start();
  driver.script().admits = false;
  driver.head(0, 0, 503, true);
  CHECK(driver.said() == "0 starts 0 at 0, 0 finishes 5xx 503 after 1");
  CHECK(driver.violation == "");
}

TEST_CASE("A response that breaks midway can't be retried, and its status is the outcome's") {
  PolicyConfig config = retries(3);
  config.retry.per_try_timeout = milliseconds(30);
  const auto said = [&](auto&& ending) {
    ContractDriver driver(config, 2);
    driver.start(at_ms(100));
    driver.head(0, 0, 200, false);
    driver.said();
    ending(driver);
    CHECK(driver.violation == "");
    CHECK(driver.script().verdicts.size() == 1);
    return driver.said();
  };
  CHECK(said([](auto& d) { d.fail(0, 0, FailureKind::reset); }) == "0 finishes reset 200 after 1");
  CHECK(said([](auto& d) { d.wake(0); }) == "0 cancels 0, 0 finishes timeout 200 after 1");
  CHECK(said([](auto& d) { d.cancel(0); }) == "0 cancels 0, 0 finishes cancelled 200 after 1");
  CHECK(said([](auto& d) {
          d.advance_to(at_ms(100));
          d.fire(0);
        }) == "0 cancels 0, 0 finishes timeout 200 after 1");
}

TEST_CASE("A second head of the same response is ignored") {
  ContractDriver driver(retries(3), 2);
  driver.start();
  driver.head(0, 0, 200, false);
  driver.said();
  driver.core().handle(driver.now(), driver.calls()[0].id, 0, AttemptInput::response_head(503, true));
  CHECK(driver.core().outputs().empty());
  driver.end(0, 0);
  CHECK(driver.said() == "0 finishes none 200 after 1");
}

TEST_CASE("A caller that goes away cancels what is under way, and the endpoints aren't blamed") {
  PolicyConfig config = retries(1);
  config.hedge = HedgeConfig{milliseconds(10), 1};
  ContractDriver driver(config, 2);
  driver.start();
  driver.wake(0);
  driver.said();
  driver.cancel(0);
  CHECK(driver.said() == "0 cancels 0, 0 cancels 1, 0 finishes cancelled 0 after 2");
  CHECK(driver.script().verdicts == std::vector{Verdict::cancelled, Verdict::cancelled});
}

TEST_CASE("The deadline blames whoever was still at it") {
  PolicyConfig config = retries(3);
  config.timeout = milliseconds(20);
  ContractDriver driver(config, 2);
  driver.start(at_ms(50));
  driver.wake(0);
  CHECK(driver.said() == "0 starts 0 at 0, 0 wakes at 20ms, 0 cancels 0, 0 finishes timeout 0 after 1");
  CHECK(driver.script().verdicts == std::vector{Verdict::failure});
  driver.start(at_ms(30));
  CHECK(driver.said() == "1 starts 0 at 0, 1 wakes at 30ms");
}

TEST_CASE("An attempt is told the earlier of its own and the call's deadline") {
  PolicyConfig config = retries(3);
  config.retry.per_try_timeout = milliseconds(30);
  ContractDriver driver(config, 2);
  driver.start(at_ms(50));
  CHECK(driver.calls()[0].attempts[0].deadline == at_ms(30));
  driver.wake(0);
  CHECK(driver.calls()[0].attempts[1].deadline == at_ms(50));
  CHECK(driver.said() == "0 starts 0 at 0, 0 wakes at 30ms, 0 cancels 0, 0 starts 1 at 1, 0 wakes at 50ms");
}

TEST_CASE("A timer is no later than asked where the call's timeout or a clock near its end would overflow") {
  PolicyConfig config = retries(2);
  config.timeout = Duration::max();
  config.retry.per_try_timeout = Duration::max();
  config.hedge = HedgeConfig{Duration::max(), 1};
  ContractDriver driver(config, 1);
  driver.advance_to(at_ms(1));
  driver.start();
  CHECK(driver.said() == "0 starts 0 at 0");
  driver.head(0, 0, 200, true);
  CHECK(driver.violation == "");
}

}  // namespace
}  // namespace meshtwin::test
