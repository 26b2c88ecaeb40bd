// Hedged calls: another attempt beside the one under way.
#include <catch2/catch.hpp>
#include <vector>

#include "tests/core/call/contract_driver.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;

PolicyConfig hedged(std::uint32_t max, std::uint32_t max_attempts = 1) {
  PolicyConfig config;
  config.hedge = HedgeConfig{milliseconds(10), max};
  config.retry.max_attempts = max_attempts;
  if (max_attempts > 1) config.retry.on = RetryOn::reset | RetryOn::error_5xx;
  config.retry.host = RetryHost::other;
  return config;
}

TEST_CASE("Hedges start one after another on endpoints not tried yet") {
  ContractDriver driver(hedged(2), 3);
  driver.start();
  CHECK(driver.said() == "0 starts 0 at 0, 0 wakes at 10ms");
  driver.wake(0);
  CHECK(driver.said() == "0 starts 1 at 1, 0 wakes at 20ms");
  driver.wake(0);
  CHECK(driver.said() == "0 starts 2 at 2");
  CHECK(driver.violation == "");
}

TEST_CASE("The first answer wins, and the others are cancelled without blame") {
  ContractDriver driver(hedged(2), 3);
  driver.start();
  driver.wake(0);
  driver.wake(0);
  driver.said();
  driver.head(0, 1, 200, false);
  CHECK(driver.said() == "0 cancels 0, 0 cancels 2");
  driver.end(0, 1);
  CHECK(driver.said() == "0 finishes none 200 after 3");
  CHECK(driver.script().verdicts == std::vector{Verdict::cancelled, Verdict::cancelled, Verdict::success});
  CHECK(driver.violation == "");
}

TEST_CASE("A failure of one of two leaves the other to answer, without a retry") {
  ContractDriver driver(hedged(1, 2), 3);
  driver.start();
  driver.wake(0);
  driver.said();
  driver.fail(0, 0, FailureKind::reset);
  CHECK(driver.said() == "");
  driver.head(0, 1, 200, true);
  CHECK(driver.said() == "0 finishes none 200 after 2");
  CHECK(driver.script().budget == 1'000'000);
}

TEST_CASE("A 5xx of one of two waits for the other where 5xx is retried, and else is the answer") {
  ContractDriver patient(hedged(1, 2), 3);
  patient.start();
  patient.wake(0);
  patient.said();
  patient.head(0, 0, 503, false);
  CHECK(patient.said() == "0 cancels 0");
  patient.head(0, 1, 200, true);
  CHECK(patient.said() == "0 finishes none 200 after 2");

  ContractDriver hasty(hedged(1), 3);
  hasty.start();
  hasty.wake(0);
  hasty.said();
  hasty.head(0, 0, 503, true);
  CHECK(hasty.said() == "0 cancels 1, 0 finishes 5xx 503 after 2");
}

TEST_CASE("When both fail the retry decision falls once") {
  ContractDriver driver(hedged(1, 2), 3);
  driver.start();
  driver.wake(0);
  driver.said();
  driver.fail(0, 1, FailureKind::reset);
  driver.fail(0, 0, FailureKind::reset);
  CHECK(driver.said() == "0 starts 2 at 2");
  CHECK(driver.script().budget == 999'999);
  driver.fail(0, 2, FailureKind::reset);
  CHECK(driver.said() == "0 finishes reset 0 after 3");
}

TEST_CASE("No hedge passes an open breaker or a full limit, and none comes after an answer") {
  ContractDriver closed(hedged(1), 2);
  closed.start();
  closed.script().admits = false;
  closed.wake(0);
  CHECK(closed.said() == "0 starts 0 at 0, 0 wakes at 10ms");

  PolicyConfig config = hedged(1);
  config.limits.connections = 1;
  ContractDriver full(config, 2);
  full.start();
  full.wake(0);
  CHECK(full.said() == "0 starts 0 at 0, 0 wakes at 10ms");
  CHECK(full.upstream().pending() == 0);

  ContractDriver answered(hedged(1), 2);
  answered.start();
  answered.head(0, 0, 200, false);
  answered.wake(0);
  CHECK(answered.said() == "0 starts 0 at 0, 0 wakes at 10ms");
}

TEST_CASE("A retry is hedged again as far as hedges are left") {
  ContractDriver driver(hedged(2, 2), 4);
  driver.start();
  driver.wake(0);
  driver.fail(0, 0, FailureKind::reset);
  driver.fail(0, 1, FailureKind::reset);
  driver.said();
  driver.wake(0);
  CHECK(driver.said() == "0 starts 3 at 3");
  CHECK(driver.violation == "");
}

}  // namespace
}  // namespace meshtwin::test
