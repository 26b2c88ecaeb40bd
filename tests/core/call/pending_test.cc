// Calls that wait for a connection or for endpoints, and what becomes of them.
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "tests/core/call/contract_driver.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;

PolicyConfig one_connection() {
  PolicyConfig config;
  config.limits.connections = 1;
  return config;
}

TEST_CASE("Waiting calls go on in order of arrival") {
  ContractDriver driver(one_connection(), 1);
  for (int i = 0; i < 4; ++i) driver.start();
  CHECK(driver.upstream().pending() == 3);
  CHECK(driver.said() == "0 starts 0 at 0");
  driver.head(0, 0, 200, true);
  CHECK(driver.said() == "0 finishes none 200 after 1, 1 starts 0 at 0");
  driver.cancel(2);
  driver.fail(1, 0, FailureKind::reset);
  CHECK(driver.said() == "2 finishes cancelled 0 after 0, 1 finishes reset 0 after 1, 3 starts 0 at 0");
  CHECK(driver.upstream().pending() == 0);
  CHECK(driver.violation == "");
}

TEST_CASE("A retry that finds no connection waits behind those that came before") {
  PolicyConfig config = one_connection();
  config.retry.max_attempts = 2;
  config.retry.on = RetryOn::reset;
  Script script;
  script.backoff = milliseconds(10);
  ContractDriver driver(config, 1, script);
  for (int i = 0; i < 3; ++i) driver.start();
  driver.fail(0, 0, FailureKind::reset);
  driver.wake(0);
  CHECK(driver.said() == "0 starts 0 at 0, 0 wakes at 10ms, 1 starts 0 at 0");
  driver.head(1, 0, 200, true);
  driver.head(2, 0, 200, true);
  CHECK(driver.said() ==
        "1 finishes none 200 after 1, 2 starts 0 at 0, 2 finishes none 200 after 1, 0 starts 1 at 0");
  CHECK(driver.upstream().open_retries() == 1);
  driver.head(0, 1, 200, true);
  CHECK(driver.upstream().open_retries() == 0);
  CHECK(driver.violation == "");
}

TEST_CASE("The deadline of a waiting call ends it, and it gets nothing later") {
  ContractDriver driver(one_connection(), 1);
  driver.start();
  driver.start(at_ms(5));
  driver.start();
  driver.wake(1);
  CHECK(driver.said() == "0 starts 0 at 0, 1 wakes at 5ms, 1 finishes timeout 0 after 0");
  CHECK(driver.upstream().pending() == 1);
  driver.head(0, 0, 200, true);
  CHECK(driver.said() == "0 finishes none 200 after 1, 2 starts 0 at 0");
  CHECK(driver.violation == "");
}

TEST_CASE("A waiting call whose turn comes at its deadline times out, and the next one gets the turn") {
  ContractDriver driver(one_connection(), 1);
  driver.start();
  driver.start(at_ms(5));
  driver.start();
  driver.said();
  driver.advance_to(at_ms(5));
  driver.head(0, 0, 200, true);
  CHECK(driver.said() == "0 finishes none 200 after 1, 1 finishes timeout 0 after 0, 2 starts 0 at 0");
  CHECK(driver.violation == "");
}

TEST_CASE("An open breaker rejects those that waited when their turn comes") {
  ContractDriver driver(one_connection(), 1);
  for (int i = 0; i < 3; ++i) driver.start();
  driver.said();
  driver.script().admits = false;
  driver.fail(0, 0, FailureKind::reset);
  CHECK(driver.said() ==
        "0 finishes reset 0 after 1, 1 finishes rejected_breaker 0 after 0, 2 finishes rejected_breaker 0 "
        "after 0");
  CHECK(driver.violation == "");
}

TEST_CASE("Calls wait until endpoints are known") {
  PolicyConfig config;
  config.limits.pending = 2;
  ContractDriver driver(config, 0);
  for (int i = 0; i < 3; ++i) driver.start(at_ms(100));
  CHECK(driver.said() == "0 wakes at 100ms, 1 wakes at 100ms, 2 finishes rejected_limit 0 after 0");
  driver.disturb();
  driver.update(members(2));
  CHECK(driver.said() == "0 starts 0 at 0, 1 starts 0 at 0");
  CHECK(driver.upstream().pending() == 0);
  CHECK(driver.violation == "");
}

TEST_CASE("Calls that waited for endpoints are unavailable when there are none") {
  ContractDriver driver(PolicyConfig{}, 0);
  driver.start();
  driver.update(members(0));
  CHECK(driver.said() == "0 finishes unavailable 0 after 0");
}

TEST_CASE("A call that the balancer queues is asked for again at the next input, once") {
  Script script;
  script.picks = {Pick::queue(), Pick::queue()};
  ContractDriver driver(PolicyConfig{}, 1, script);
  driver.start();
  CHECK(driver.said() == "");
  CHECK(driver.upstream().pending() == 1);
  driver.update(members(1));
  CHECK(driver.said() == "");
  driver.update(members(1));
  CHECK(driver.said() == "0 starts 0 at 0");
  CHECK(driver.violation == "");
}

TEST_CASE("Endpoints that leave keep their attempts until those end") {
  ContractDriver driver(PolicyConfig{}, 2);
  driver.start();
  driver.update(std::make_shared<const Membership>(std::vector<Member>{{1, 1}}));
  CHECK(driver.upstream().endpoints().active(0) == 1);
  driver.start();
  CHECK(driver.said() == "0 starts 0 at 0, 1 starts 0 at 1");
  driver.head(0, 0, 200, true);
  CHECK(driver.said() == "0 finishes none 200 after 1");
  CHECK(driver.upstream().endpoints().active(0) == 0);
  driver.update(members(3));
  driver.start();
  driver.head(2, 0, 200, true);
  driver.head(1, 0, 200, true);
  CHECK(driver.violation == "");
}

TEST_CASE("A slot is used again, and events of the call that had it are ignored") {
  ContractDriver driver(PolicyConfig{}, 1);
  driver.start();
  driver.head(0, 0, 200, true);
  driver.start();
  CHECK(driver.calls()[0].id.slot == driver.calls()[1].id.slot);
  CHECK_FALSE(driver.calls()[0].id == driver.calls()[1].id);
  driver.said();
  driver.disturb();
  driver.cancel(0);
  CHECK(driver.said() == "");
  CHECK(driver.core().is_open(driver.calls()[1].id));
  CHECK_FALSE(driver.core().is_open(driver.calls()[0].id));
  CHECK_FALSE(driver.core().is_open(CallId{17, 0}));
  CHECK(driver.violation == "");
}

TEST_CASE("The order of waiting calls survives many that gave up meanwhile") {
  ContractDriver driver(PolicyConfig{}, 0);
  for (std::int64_t i = 0; i < 60; ++i) driver.start(i % 10 == 0 ? kNever : at_ms(i + 1));
  for (std::size_t call = 0; call < 60; ++call) {
    if (call % 10 != 0) driver.wake(call);
  }
  driver.said();
  driver.update(members(1));
  CHECK(driver.said() ==
        "0 starts 0 at 0, 10 starts 0 at 0, 20 starts 0 at 0, 30 starts 0 at 0, 40 starts 0 at 0, 50 starts "
        "0 at 0");
  CHECK(driver.violation == "");
}

TEST_CASE("A call that the balancer has wait asks again at the time that it gave, or with an earlier input") {
  Script script;
  script.picks = {Pick::queue(at_ms(20)), Pick::queue(at_ms(30))};
  ContractDriver driver(PolicyConfig{}, 2, script);
  driver.start(at_ms(100));
  CHECK(driver.said() == "0 wakes at 20ms");
  driver.wake(0);
  CHECK(driver.said() == "0 wakes at 30ms");
  CHECK(driver.upstream().pending() == 1);
  driver.wake(0);
  CHECK(driver.said() == "0 starts 0 at 0, 0 wakes at 100ms");
  CHECK(driver.upstream().pending() == 0);
  driver.script().picks = {Pick::queue(at_ms(90)), Pick::queue(at_ms(80)), Pick::queue(at_ms(85)),
                           Pick::queue(at_ms(70))};
  driver.start();
  driver.start();
  CHECK(driver.upstream().pending() == 2);
  driver.head(0, 0, 200, true);  // asks the first of them, who has to wait on; so has who is behind it
  CHECK(driver.upstream().pending() == 2);
  driver.start();  // asks again, and all have their turn
  CHECK(driver.upstream().pending() == 0);
  for (std::size_t call = 1; call < 4; ++call) driver.head(call, 0, 200, true);
  CHECK(driver.all_finished());
  CHECK(driver.violation == "");
}

}  // namespace
}  // namespace meshtwin::test
