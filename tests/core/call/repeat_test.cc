// Which calls are repeated: idempotent or not, the request kept or not; and what a real connection does.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/core/call/contract_driver.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;

PolicyConfig retries(std::uint32_t max_attempts, RetryMethods methods = RetryMethods::idempotent) {
  PolicyConfig config;
  config.retry.max_attempts = max_attempts;
  config.retry.on = RetryOn::connect | RetryOn::reset | RetryOn::error_5xx | RetryOn::timeout;
  config.retry.host = RetryHost::other;
  config.retry.methods = methods;
  return config;
}

// What a call does on its first failure, in words.
std::string after_failure(const PolicyConfig& config, bool idempotent, const std::string& kind) {
  Script script;
  script.backoff = kind == "unavailable" ? milliseconds(10) : milliseconds(0);
  if (kind == "unavailable") script.picks = {Pick::fail()};
  ContractDriver driver(config, 2, script);
  driver.start({.deadline = at_ms(100), .idempotent = idempotent});
  if (kind == "connect") driver.fail(0, 0, FailureKind::connect);
  if (kind == "tls") driver.fail(0, 0, FailureKind::tls);
  if (kind == "reset") driver.fail(0, 0, FailureKind::reset);
  if (kind == "protocol") driver.fail(0, 0, FailureKind::protocol);
  if (kind == "timeout") driver.fail(0, 0, FailureKind::timeout);
  if (kind == "5xx") driver.head(0, 0, 503, true);
  if (!driver.calls()[0].finished && kind == "unavailable") driver.wake(0);
  CHECK(driver.violation == "");
  return driver.calls()[0].finished ? std::string(name(driver.calls()[0].outcome.failure)) : "retried";
}

TEST_CASE("A call that isn't idempotent is retried only where no endpoint can have seen it") {
  for (const char* const kind : {"connect", "tls", "unavailable"}) {
    CHECK(after_failure(retries(2), false, kind) == "retried");
  }
  for (const char* const kind : {"reset", "protocol", "timeout", "5xx"}) {
    CHECK(after_failure(retries(2), false, kind) == kind);
    CHECK(after_failure(retries(2), true, kind) == "retried");
    CHECK(after_failure(retries(2, RetryMethods::all), false, kind) == "retried");
  }
}

TEST_CASE("A call that isn't idempotent is hedged only where the policy repeats all methods") {
  const auto said = [](RetryMethods methods, bool idempotent) {
    PolicyConfig config = retries(1, methods);
    config.hedge = HedgeConfig{milliseconds(10), 1};
    ContractDriver driver(config, 2);
    driver.start({.idempotent = idempotent});
    CHECK(driver.violation == "");
    return driver.said();
  };
  CHECK(said(RetryMethods::idempotent, true) == "0 starts 0 at 0, 0 wakes at 10ms");
  CHECK(said(RetryMethods::idempotent, false) == "0 starts 0 at 0");
  CHECK(said(RetryMethods::all, false) == "0 starts 0 at 0, 0 wakes at 10ms");
}

TEST_CASE("A slot's next call doesn't inherit what the last one was not allowed") {
  ContractDriver driver(retries(2), 2);
  driver.start({.idempotent = false});
  driver.forbid_retries(0);
  driver.connected(0, 0);
  driver.fail(0, 0, FailureKind::connect);
  CHECK(driver.said() == "0 starts 0 at 0, 0 finishes connect 0 after 1");
  driver.start();
  driver.fail(1, 0, FailureKind::connect);
  CHECK(driver.said() == "1 starts 0 at 0, 1 starts 1 at 1");
  CHECK(driver.violation == "");
}

// A handshake that the peer takes back, or a driver that finds out late: the request may be there.
TEST_CASE("No connection after there was one is retried as a break, and keeps its name") {
  const auto said = [](bool idempotent, RetryOn on) {
    PolicyConfig config = retries(2);
    config.retry.on = on;
    ContractDriver driver(config, 2);
    driver.start({.idempotent = idempotent});
    driver.connected(0, 0);
    driver.said();
    driver.fail(0, 0, FailureKind::tls);
    CHECK(driver.violation == "");
    return driver.said();
  };
  CHECK(said(true, RetryOn::reset) == "0 starts 1 at 1");
  CHECK(said(true, RetryOn::connect) == "0 finishes tls 0 after 1");
  CHECK(said(false, RetryOn::connect | RetryOn::reset) == "0 finishes tls 0 after 1");
}

TEST_CASE("Once retries are forbidden, an attempt under way goes on and its failure is the outcome") {
  PolicyConfig config = retries(3);
  config.retry.per_try_timeout = milliseconds(30);
  const auto said = [&](auto&& ending) {
    ContractDriver driver(config, 2);
    driver.start();
    driver.forbid_retries(0);
    driver.said();
    ending(driver);
    CHECK(driver.violation == "");
    CHECK(driver.script().budget == 1'000'000);
    return driver.said();
  };
  CHECK(said([](auto& d) { d.head(0, 0, 200, true); }) == "0 finishes none 200 after 1");
  CHECK(said([](auto& d) { d.head(0, 0, 503, true); }) == "0 finishes 5xx 503 after 1");
  CHECK(said([](auto& d) { d.fail(0, 0, FailureKind::connect); }) == "0 finishes connect 0 after 1");
  CHECK(said([](auto& d) { d.wake(0); }) == "0 cancels 0, 0 finishes timeout 0 after 1");
}

TEST_CASE("Once retries are forbidden there is no hedge, and those under way go on") {
  PolicyConfig config = retries(2);
  config.hedge = HedgeConfig{milliseconds(10), 2};
  ContractDriver driver(config, 3);
  driver.start();
  driver.wake(0);
  driver.said();
  driver.forbid_retries(0);
  driver.wake(0);
  CHECK(driver.said() == "");
  driver.fail(0, 0, FailureKind::reset);
  CHECK(driver.said() == "");
  driver.head(0, 1, 200, true);
  CHECK(driver.said() == "0 finishes none 200 after 2");
  CHECK(driver.violation == "");
}

TEST_CASE("A retry in backoff that is forbidden ends the call with its last failure, and costs nothing") {
  Script script;
  script.backoff = milliseconds(10);
  PolicyConfig config = retries(3);
  config.limits.retries = 1;
  ContractDriver driver(config, 2, script);
  driver.start();
  driver.fail(0, 0, FailureKind::reset);
  driver.said();
  CHECK(driver.spent() == 1);
  driver.forbid_retries(0);
  CHECK(driver.said() == "0 finishes reset 0 after 1");
  CHECK(driver.spent() == 0);
  CHECK(driver.upstream().open_retries() == 0);
  CHECK(driver.violation == "");
}

TEST_CASE("A retry that waits for a connection is ended, a first attempt that waits is not") {
  PolicyConfig config = retries(2);
  config.limits.connections = 1;
  Script script;
  script.backoff = milliseconds(10);
  ContractDriver driver(config, 1, script);
  driver.start();
  driver.start();
  driver.fail(0, 0, FailureKind::reset);
  driver.start();
  driver.wake(0);
  CHECK(driver.upstream().pending() == 2);
  driver.said();
  driver.forbid_retries(2);
  CHECK(driver.said() == "");
  driver.forbid_retries(0);
  CHECK(driver.said() == "0 finishes reset 0 after 1");
  CHECK(driver.spent() == 0);
  driver.head(1, 0, 200, true);
  CHECK(driver.said() == "1 finishes none 200 after 1, 2 starts 0 at 0");
  driver.fail(2, 0, FailureKind::connect);
  CHECK(driver.said() == "2 finishes connect 0 after 1");
  CHECK(driver.violation == "");
}

TEST_CASE("A retry that finds no room once its backoff is over costs the budget nothing") {
  PolicyConfig config = retries(2);
  config.limits.connections = 1;
  config.limits.pending = 1;
  Script script;
  script.backoff = milliseconds(10);
  ContractDriver driver(config, 1, script);
  driver.start();
  driver.start();
  driver.fail(0, 0, FailureKind::reset);
  driver.start();
  CHECK(driver.spent() == 1);
  driver.said();
  driver.wake(0);
  CHECK(driver.said() == "0 finishes reset 0 after 1");
  CHECK(driver.spent() == 0);
  CHECK(driver.violation == "");
}

TEST_CASE("A retry for want of an endpoint costs the budget nothing unless it finds one") {
  Script script;
  script.picks = {Pick::fail(), Pick::fail(), Pick::fail()};
  ContractDriver at_once(retries(3), 1, script);
  at_once.start();
  CHECK(at_once.said() == "0 finishes unavailable 0 after 0");
  CHECK(at_once.spent() == 0);

  script.backoff = milliseconds(10);
  ContractDriver driver(retries(3), 1, script);
  driver.start();
  CHECK(driver.spent() == 1);
  driver.wake(0);
  CHECK(driver.spent() == 1);
  driver.wake(0);
  CHECK(driver.said() == "0 wakes at 10ms, 0 wakes at 20ms, 0 finishes unavailable 0 after 0");
  CHECK(driver.spent() == 0);
}

TEST_CASE("A response that ends before the request does ends the call") {
  ContractDriver driver(retries(3), 2);
  driver.start();
  driver.connected(0, 0);
  driver.head(0, 0, 413, true);
  CHECK(driver.said() == "0 starts 0 at 0, 0 finishes none 413 after 1");
}

TEST_CASE("Timeouts end with the switch to another protocol, and only then") {
  PolicyConfig config = retries(3);
  config.timeout = milliseconds(50);
  config.retry.per_try_timeout = milliseconds(30);
  ContractDriver driver(config, 2);
  driver.start();
  driver.head(0, 0, 101, false);
  driver.said();
  driver.advance_to(at_ms(30));
  driver.core().handle_timeout(driver.now(), driver.calls()[0].id);
  driver.advance_to(at_ms(5000));
  driver.core().handle_timeout(driver.now(), driver.calls()[0].id);
  CHECK(driver.core().outputs().empty());
  driver.end(0, 0);
  CHECK(driver.said() == "0 finishes none 101 after 1");
}

TEST_CASE("What goes on after a switch of protocols holds its connection and its place, and no retry") {
  PolicyConfig config = retries(3);
  config.limits.requests = 2;
  config.limits.retries = 1;
  ContractDriver driver(config, 2);
  driver.start();
  driver.fail(0, 0, FailureKind::connect);
  CHECK(driver.core().upstream().open_retries() == 1);
  driver.head(0, 1, 101, false);
  const Upstream& upstream = driver.core().upstream();
  CHECK(upstream.open_retries() == 0);
  CHECK(upstream.open_calls() == 1);
  CHECK(upstream.active_attempts() == 1);
  driver.end(0, 1);
  CHECK(upstream.open_calls() == 0);
  CHECK(upstream.active_attempts() == 0);
}

TEST_CASE("A response's wish for the retry takes the backoff's place, within the deadline") {
  Script script;
  script.backoff = milliseconds(10);
  ContractDriver driver(retries(3), 2, script);
  driver.start({.deadline = at_ms(100)});
  driver.head(0, 0, 503, true, milliseconds(40));
  CHECK(driver.said() == "0 starts 0 at 0, 0 wakes at 100ms, 0 wakes at 40ms");
  driver.wake(0);
  driver.head(0, 1, 503, true);  // without one: the backoff
  CHECK(driver.said() == "0 starts 1 at 1, 0 wakes at 100ms, 0 wakes at 50ms");
  driver.wake(0);
  driver.head(0, 2, 200, true);
  CHECK(driver.calls()[0].outcome.ok());
  driver.start({.deadline = at_ms(100)});
  driver.head(1, 0, 503, true, milliseconds(60));
  CHECK(driver.calls()[1].finished);
  CHECK(driver.calls()[1].outcome.status == 503);
  CHECK(driver.violation == "");
}

TEST_CASE("A response may say that it isn't wanted again") {
  ContractDriver driver(retries(3), 2);
  driver.upstream().keep_decisions(10);
  driver.start();
  driver.head(0, 0, 503, true, Duration(-1));
  CHECK(driver.calls()[0].finished);
  const DecisionLog& log = *driver.upstream().decisions();
  CHECK(log[log.size() - 1].verdict == RetryVerdict::pushback);
  CHECK(driver.spent() == 0);
}

TEST_CASE("429 is a response like others, and a failure that is retried where the policy says so") {
  ContractDriver plain(retries(3), 2);
  plain.start();
  plain.head(0, 0, 429, true, milliseconds(5));
  CHECK(plain.calls()[0].outcome.ok());
  CHECK(plain.calls()[0].outcome.status == 429);
  PolicyConfig config = retries(2);
  config.retry.on = config.retry.on | RetryOn::status_429;
  ContractDriver driver(config, 2);
  driver.start();
  driver.head(0, 0, 429, true, milliseconds(5));
  driver.wake(0);
  CHECK(driver.said() == "0 starts 0 at 0, 0 wakes at 5ms, 0 starts 1 at 1");
  driver.head(0, 1, 429, true);
  CHECK(driver.calls()[0].outcome.failure == FailureKind::throttled);
  CHECK(driver.calls()[0].outcome.status == 429);
  CHECK(driver.violation == "");
}

}  // namespace
}  // namespace meshtwin::test
