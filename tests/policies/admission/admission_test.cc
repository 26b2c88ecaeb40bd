#include <catch2/catch.hpp>
#include <cmath>

#include "policies/admission/adaptive_throttle.h"
#include "policies/admission/token_bucket_limit.h"

namespace meshtwin::test {
namespace {

AdmissionRequest at(Time now) { return {now, 0, CallStart::kDefaultUrgency, {}}; }
AdmissionResult ended(bool accepted) {
  return {accepted ? AdmissionResult::Kind::accepted : AdmissionResult::Kind::overloaded, {}, 1};
}

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("Rate limit: a burst, then as many as the rate, and a burst again after a pause") {
  TokenBucketLimit limit(RateLimitConfig{10, 5});
  RandomStream random(1);
  const auto admitted = [&](Time now, int calls) {
    int count = 0;
    for (int i = 0; i < calls; ++i) count += limit.admits(at(now), random) ? 1 : 0;
    return count;
  };
  CHECK(admitted(Time{}, 100) == 5);
  CHECK(admitted(Time(milliseconds(99)), 100) == 0);
  CHECK(admitted(Time(milliseconds(101)), 100) == 1);
  CHECK(admitted(Time(seconds(100)), 100) == 5);
  int steady = 0;
  for (int ms = 0; ms < 10'000; ++ms) steady += admitted(Time(seconds(200) + milliseconds(ms)), 1);
  CHECK(std::abs(steady - 105) <= 1);
}

TEST_CASE("Adaptive throttling: nothing is rejected while half of the requests succeed") {
  AdaptiveThrottle throttle(AdaptiveThrottlingConfig{});
  RandomStream random(1);
  for (int i = 0; i < 10'000; ++i) {
    const Time now{milliseconds(i)};
    REQUIRE(throttle.admits(at(now), random));
    throttle.on_end(now, ended(i % 2 == 0));
  }
}

// A service that is down: r of n calls are let through while r is about log n, since the chance is 1 / (n + 1).
TEST_CASE("Adaptive throttling: of a service that is down, few are asked for") {
  AdaptiveThrottle throttle(AdaptiveThrottlingConfig{2, minutes(2)});
  RandomStream random(1);
  double expected = 0;
  int sent = 0;
  for (int i = 0; i < 100'000; ++i) {
    const Time now{std::chrono::microseconds(100 * i)};
    expected += 1.0 / (i + 1);
    if (!throttle.admits(at(now), random)) continue;
    ++sent;
    throttle.on_end(now, ended(false));
  }
  CHECK(std::fabs(sent - expected) < 3.9 * std::sqrt(expected));
}

// At capacity c of a load of n, requests settle so that the service sees about K * accepts.
TEST_CASE("Adaptive throttling: an overloaded service sees twice what it accepts") {
  AdaptiveThrottle throttle(AdaptiveThrottlingConfig{2, seconds(10)});
  RandomStream random(2);
  int sent = 0;
  int accepted = 0;
  double tokens = 0;
  for (int i = 0; i < 400'000; ++i) {  // 10,000 a second, and 1,000 can be served
    const Time now{std::chrono::microseconds(100 * i)};
    tokens = std::fmin(tokens + 0.1, 10.0);
    if (!throttle.admits(at(now), random)) continue;
    const bool ok = tokens >= 1;
    if (ok) tokens -= 1;
    throttle.on_end(now, ended(ok));
    if (i < 200'000) continue;
    ++sent;
    accepted += ok ? 1 : 0;
  }
  CHECK(accepted == Approx(20'000).epsilon(.02));
  CHECK(sent == Approx(2 * accepted).epsilon(.05));
}

TEST_CASE("Adaptive throttling: after the window all is forgotten") {
  AdaptiveThrottle throttle(AdaptiveThrottlingConfig{2, seconds(10)});
  RandomStream random(1);
  for (int i = 0; i < 10'000; ++i) throttle.on_end(Time{}, ended(false));
  int admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += throttle.admits(at(Time(seconds(1))), random) ? 1 : 0;
  CHECK(admitted < 5);
  CHECK(throttle.admits(at(Time(seconds(11))), random));
}

TEST_CASE("Adaptive throttling: calls under way, and those that showed nothing, reject nobody") {
  AdaptiveThrottle throttle(AdaptiveThrottlingConfig{2, seconds(1)});
  RandomStream random(1);
  for (int i = 0; i < 1'000; ++i) REQUIRE(throttle.admits(at(Time{}), random));
  for (int i = 0; i < 500; ++i) throttle.on_end(Time(milliseconds(100)), {AdmissionResult::Kind::unknown, {}, 1});
  CHECK(throttle.admits(at(Time(milliseconds(100))), random));
}

}  // namespace
}  // namespace meshtwin::test
