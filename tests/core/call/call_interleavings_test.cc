// Every order in which answers, ends, failures, timers, cancellations, late events and spurious timeouts can
// reach calls of up to three attempts. `test_core "[interleavings]" -s` prints the number of paths of each
// model.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/core/call/call_explorer.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;

constexpr RetryOn kOnAll = RetryOn::connect | RetryOn::reset | RetryOn::error_5xx | RetryOn::timeout;

PolicyConfig retries(std::uint32_t max_attempts, int per_try_ms, int timeout_ms) {
  PolicyConfig config;
  config.retry.max_attempts = max_attempts;
  config.retry.on = kOnAll;
  config.retry.host = RetryHost::other;
  if (per_try_ms > 0) config.retry.per_try_timeout = milliseconds(per_try_ms);
  if (timeout_ms > 0) config.timeout = milliseconds(timeout_ms);
  return config;
}

PolicyConfig hedged(PolicyConfig config, std::uint32_t max, int after_ms) {
  config.hedge = HedgeConfig{milliseconds(after_ms), max};
  return config;
}

PolicyConfig limited(PolicyConfig config, std::uint32_t connections) {
  config.limits.connections = connections;
  return config;
}

Coverage check(const Model& model) {
  const Coverage coverage = explore(model);
  INFO(model.title << ": " << coverage.paths << " paths, " << coverage.events << " events, at most "
                   << coverage.most_outputs << " outputs of an input, " << coverage.most_attempts
                   << " attempts, " << coverage.most_live << " at once, " << coverage.most_pending
                   << " pending");
  CHECK(coverage.failure == "");
  return coverage;
}

TEST_CASE("Interleavings of a call with retries", "[interleavings]") {
  for (const RetryHost host : {RetryHost::any, RetryHost::same, RetryHost::other, RetryHost::random_other}) {
    for (const std::uint32_t endpoints : {1u, 2u, 3u}) {
      Model model{"retries, host " + std::to_string(static_cast<int>(host)), retries(3, 30, 70)};
      model.config.retry.host = host;
      model.endpoints = endpoints;
      model.connections = true;
      const Coverage coverage = check(model);
      CHECK(coverage.most_attempts == 3);
      CHECK(coverage.outcomes.size() == 6);
    }
  }
}

TEST_CASE("Interleavings of a call with retries and backoff", "[interleavings]") {
  for (const int backoff : {1, 10, 30, 35}) {
    Model model{"backoff of " + std::to_string(backoff) + " ms", retries(3, 30, 100)};
    model.backoff = milliseconds(backoff);
    model.connections = true;
    CHECK(check(model).most_attempts == 3);
  }
}

TEST_CASE("Interleavings of a call without some of the timers", "[interleavings]") {
  for (const int per_try : {0, 30}) {
    for (const int timeout : {0, 20, 30, 60}) {
      Model model{"per try " + std::to_string(per_try) + " ms, in all " + std::to_string(timeout) + " ms",
                  retries(3, per_try, timeout)};
      model.connections = true;
      check(model);
      model.backoff = milliseconds(5);
      check(model);
    }
  }
}

TEST_CASE("Interleavings of a call that retries after some failures alone", "[interleavings]") {
  for (const RetryOn on : {RetryOn::none, RetryOn::connect, RetryOn::reset, RetryOn::error_5xx,
                           RetryOn::timeout, RetryOn::connect | RetryOn::timeout}) {
    Model model{"retry on " + std::to_string(static_cast<int>(on)), hedged(retries(2, 30, 70), 1, 10)};
    model.config.retry.on = on;
    check(model);
  }
}

TEST_CASE("Interleavings of a hedged call", "[interleavings]") {
  // The hedge comes before, at, and after the per-try timeout, at the deadline, and at once.
  for (const int after : {0, 10, 15, 30, 40, 70}) {
    Model one{"one hedge after " + std::to_string(after) + " ms", hedged(retries(2, 30, 70), 1, after)};
    one.connections = after == 10;
    check(one);
    Model two{"two hedges after " + std::to_string(after) + " ms", hedged(retries(1, 30, 70), 2, after)};
    const Coverage coverage = check(two);
    if (after < 30) CHECK(coverage.most_live == (after == 0 || after == 10 ? 3 : 2));
  }
}

TEST_CASE("Interleavings of a hedged call with retries and backoff", "[interleavings]") {
  for (const int backoff : {5, 25}) {
    Model model{"hedge and backoff of " + std::to_string(backoff) + " ms", hedged(retries(2, 30, 80), 1, 10)};
    model.backoff = milliseconds(backoff);
    CHECK(check(model).most_attempts == 3);
  }
}

TEST_CASE("Interleavings of a call that isn't idempotent", "[interleavings]") {
  for (const RetryMethods methods : {RetryMethods::idempotent, RetryMethods::all}) {
    for (const int backoff : {0, 10}) {
      Model model{"methods " + std::to_string(static_cast<int>(methods)) + ", backoff of " +
                      std::to_string(backoff) + " ms",
                  hedged(retries(3, 30, 70), 1, 10)};
      if (methods == RetryMethods::all) model.config.retry.max_attempts = 2;
      model.config.retry.methods = methods;
      model.backoff = milliseconds(backoff);
      model.idempotent = false;
      model.connections = methods == RetryMethods::idempotent;
      const Coverage coverage = check(model);
      CHECK(coverage.most_attempts == 3);
      CHECK(coverage.most_live == (methods == RetryMethods::all ? 2 : 1));
    }
  }
}

TEST_CASE("Interleavings of a call whose retries the driver forbids at some time", "[interleavings]") {
  for (const int backoff : {0, 10}) {
    for (const bool idempotent : {true, false}) {
      Model model{"forbidden, backoff of " + std::to_string(backoff) + " ms", retries(3, 30, 70)};
      model.backoff = milliseconds(backoff);
      model.connections = true;
      model.idempotent = idempotent;
      model.forbids = true;
      const Coverage coverage = check(model);
      CHECK(coverage.most_attempts == 3);
      CHECK(coverage.forbidden * 2 > coverage.paths);
    }
  }
  Model hedge{"forbidden with a hedge", hedged(retries(1, 30, 70), 1, 10)};
  hedge.forbids = true;
  CHECK(check(hedge).most_live == 2);
}

TEST_CASE("Interleavings of two calls for one connection whose retries may be forbidden", "[interleavings]") {
  Model model{"forbidden, one connection", limited(retries(2, 0, 0), 1)};
  model.config.retry.on = RetryOn::reset;
  model.calls = 2;
  model.backoff = milliseconds(10);
  model.cancels = false;
  model.forbids = true;
  const Coverage coverage = check(model);
  CHECK(coverage.most_live == 1);
  CHECK(coverage.most_pending >= 1);
}

TEST_CASE("Interleavings of two calls for one connection", "[interleavings]") {
  for (const int per_try : {0, 30}) {
    for (const int backoff : {0, 10}) {
      Model model{
          "one connection, per try " + std::to_string(per_try) + " ms, backoff " + std::to_string(backoff),
          limited(retries(2, per_try, 45), 1)};
      model.calls = 2;
      model.backoff = milliseconds(backoff);
      model.cancels = per_try == 0 && backoff == 0;
      const Coverage coverage = check(model);
      CHECK(coverage.most_live == 1);
      CHECK(coverage.most_pending >= 1);
    }
  }
}

TEST_CASE("Interleavings of two calls that other limits keep apart", "[interleavings]") {
  Model none_waits{"one connection and no waiting", limited(retries(2, 30, 45), 1)};
  none_waits.calls = 2;
  none_waits.config.limits.pending = 0;
  CHECK(check(none_waits).outcomes.contains(FailureKind::rejected_limit));

  Model one_call{"one call at a time", retries(2, 30, 45)};
  one_call.calls = 2;
  one_call.config.limits.requests = 1;
  CHECK(check(one_call).outcomes.contains(FailureKind::rejected_limit));

  Model one_retry{"one retry at a time", retries(2, 0, 30)};
  one_retry.calls = 2;
  one_retry.config.limits.retries = 1;
  one_retry.backoff = milliseconds(10);
  one_retry.cancels = false;
  CHECK(check(one_retry).most_attempts == 2);

  Model hedges{"hedges for one connection", hedged(limited(retries(1, 30, 45), 1), 1, 10)};
  hedges.calls = 2;
  hedges.cancels = false;
  CHECK(check(hedges).most_attempts == 1);

  Model two_hedges{"two calls, each with a hedge, for two connections",
                   hedged(limited(retries(1, 0, 15), 2), 1, 10)};
  two_hedges.calls = 2;
  two_hedges.cancels = false;
  CHECK(check(two_hedges).most_attempts == 2);
}

}  // namespace
}  // namespace meshtwin::test
