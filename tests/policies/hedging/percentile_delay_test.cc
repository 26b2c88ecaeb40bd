#include "policies/hedging/percentile_delay.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "core/random/distributions.h"

namespace meshtwin::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

void answered(PercentileDelay& delay, Time now, Duration latency) {
  delay.on_result(now, {0, Verdict::success, latency});
}

TEST_CASE("There is no delay, and so no hedge, before a hundred answers") {
  PercentileDelay delay(50);
  for (int i = 0; i < 99; ++i) answered(delay, Time{}, milliseconds(10));
  CHECK(delay.delay(Time{}) == HedgeDelay::kUnknown);
  answered(delay, Time{}, milliseconds(10));
  CHECK(delay.delay(Time{}) >= milliseconds(10));
  CHECK(delay.delay(Time{}) < microseconds(10'700));
}

TEST_CASE("The delay is the percentile to within a bucket, whatever the scale") {
  for (const double percentile : {50.0, 90.0, 95.0, 99.0, 99.9}) {
    for (const Duration mean : {Duration(300), Duration(microseconds(50)), Duration(milliseconds(20)), Duration(seconds(9))}) {
      const Distribution time = Distribution::exponential(mean);
      PercentileDelay delay(percentile);
      RandomStream random(4);
      for (int i = 0; i < 100'000; ++i) answered(delay, Time{}, time.sample(random));
      const double exact = -std::log(1 - percentile / 100) * static_cast<double>(mean.count());
      CAPTURE(percentile, mean.count());
      const auto found = static_cast<double>(delay.delay(Time{}).count());
      CHECK(found > exact * 0.97);
      CHECK(found < exact * 1.10 + 2);
    }
  }
}

TEST_CASE("Latencies older than ten seconds are forgotten, younger than five remembered") {
  PercentileDelay delay(50);
  for (int i = 0; i < 200; ++i) answered(delay, Time{}, milliseconds(100));
  CHECK(delay.delay(Time(milliseconds(9'999))) > milliseconds(99));
  CHECK(delay.delay(Time(seconds(10))) == HedgeDelay::kUnknown);
  for (int i = 0; i < 200; ++i) answered(delay, Time(seconds(12)), milliseconds(1));
  CHECK(delay.delay(Time(seconds(12))) < milliseconds(2));
  CHECK(delay.delay(Time(seconds(30))) == HedgeDelay::kUnknown);
}

// One in twenty attempts would take a second, and is ended by its hedge: p95 stays where it is for ever.
TEST_CASE("Attempts that their hedges ended don't make the delay shorter and shorter") {
  PercentileDelay delay(95);
  RandomStream random(8);
  const Distribution quick = Distribution::uniform(milliseconds(10), milliseconds(20));
  for (int i = 0; i < 200'000; ++i) {
    const Time now{milliseconds(i / 2)};
    const Duration after = delay.delay(now);
    const Duration takes = random.bernoulli(0.06) ? Duration(seconds(1)) : quick.sample(random);
    if (takes <= after) {
      answered(delay, now, takes);
    } else {
      delay.on_result(now, {0, Verdict::cancelled, after + milliseconds(15)});
    }
  }
  CHECK(delay.delay(Time(seconds(100))) > milliseconds(20));
}

TEST_CASE("Quick failures and attempts that were called off early say nothing") {
  PercentileDelay delay(50);
  for (int i = 0; i < 200; ++i) answered(delay, Time{}, milliseconds(10));
  const Duration before = delay.delay(Time{});
  for (int i = 0; i < 10'000; ++i) {
    delay.on_result(Time{}, {0, Verdict::failure, microseconds(1)});
    delay.on_result(Time{}, {0, Verdict::cancelled, milliseconds(2)});
  }
  CHECK(delay.delay(Time{}) == before);
}

}  // namespace
}  // namespace meshtwin::test
