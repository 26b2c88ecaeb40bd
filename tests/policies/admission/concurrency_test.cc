#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <queue>

#include "core/random/distributions.h"
#include "policies/admission/aimd_limit.h"
#include "policies/admission/codel.h"
#include "policies/admission/gradient_limit.h"
#include "policies/admission/priority_shedding.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

AdmissionRequest at(Time now, std::uint32_t open = 0, std::uint8_t urgency = 3) { return {now, open, urgency, {}}; }

// `workers` of 10 ms each with a queue in order, behind an admission that is asked `rate` times a second.
struct Station {
  Admission& admission;
  std::uint32_t workers;
  RandomStream random{7};
  Time now{};
  std::vector<Time> free_at = std::vector<Time>(workers);
  std::priority_queue<std::pair<Time, Time>, std::vector<std::pair<Time, Time>>, std::greater<>> ends{};  // end, begin
  std::uint64_t admitted = 0;
  std::uint64_t refused = 0;
  std::uint32_t most_open = 0;

  void finish_until(Time limit) {
    while (!ends.empty() && ends.top().first <= limit) {
      const auto [end, begin] = ends.top();
      const auto open = static_cast<std::uint32_t>(ends.size());
      ends.pop();
      admission.on_end(end, {AdmissionResult::Kind::accepted, end - begin, open});
    }
  }
  void run(double rate, Duration time) {
    const Distribution gap = Distribution::exponential(Duration(static_cast<std::int64_t>(1e9 / rate)));
    const Time until = now + time;
    while ((now += gap.sample(random)) < until) {
      finish_until(now);
      if (!admission.admits(at(now, static_cast<std::uint32_t>(ends.size())), random)) {
        ++refused;
        continue;
      }
      ++admitted;
      const auto worker = std::min_element(free_at.begin(), free_at.end());
      *worker = std::max(*worker, now) + milliseconds(10);
      ends.push({*worker, now});
      most_open = std::max(most_open, static_cast<std::uint32_t>(ends.size()));
    }
  }
};

TEST_CASE("Gradient: under overload the limit settles where latency is little above the least, and throughput is full") {
  GradientLimitConfig config;
  config.min_limit = 5;
  GradientLimit limit(config);
  Station station{limit, 10};
  station.run(500, seconds(5));
  CHECK(static_cast<double>(station.refused) < 0.2 * static_cast<double>(station.admitted));
  station.run(3'000, seconds(20));
  station.admitted = station.refused = 0;
  station.most_open = 0;
  station.run(3'000, seconds(20));
  CHECK(static_cast<double>(station.admitted) == Approx(20'000).epsilon(.05));  // 10 workers of 10 ms
  CHECK(station.most_open < 25);
}

TEST_CASE("Gradient: each window moves the limit by the gradient and its root, within a half and the double") {
  GradientLimitConfig config;
  config.min_limit = 16;
  config.measure_requests = 1;
  config.buffer = 0;
  GradientLimit limit(config);
  RandomStream random(1);
  Time now{};
  const auto ends = [&](int ms) { limit.on_end(now, {AdmissionResult::Kind::accepted, milliseconds(ms), 1}); };
  ends(10);  // the least latency
  CHECK(limit.limit() == 16);
  ends(10);
  now += milliseconds(100);
  ends(10);  // ends the window before: gradient 1
  CHECK(limit.limit() == 20);
  now += milliseconds(100);
  ends(5);   // the window of a 10
  CHECK(limit.limit() == static_cast<std::uint32_t>(20 + std::sqrt(20.)));
  now += milliseconds(100);
  ends(100);  // the window of a 5: twice
  const double doubled = 2 * (20 + std::sqrt(20.));
  CHECK(limit.limit() == static_cast<std::uint32_t>(doubled + std::sqrt(doubled)));
  now += milliseconds(100);
  ends(100);  // of a 100: half, and never less
  const double halved = (doubled + std::sqrt(doubled)) / 2;
  CHECK(limit.limit() == static_cast<std::uint32_t>(halved + std::sqrt(halved)));
}

TEST_CASE("Gradient: while it measures, as many are let in as the floor says") {
  GradientLimitConfig config;
  config.min_limit = 7;
  GradientLimit limit(config);
  RandomStream random(1);
  CHECK(limit.admits(at(Time{}, 6), random));
  CHECK_FALSE(limit.admits(at(Time{}, 7), random));
  for (int i = 0; i < 2'000; ++i) {
    limit.on_end(Time(milliseconds(i)), {AdmissionResult::Kind::accepted, milliseconds(10), 5});
  }
  CHECK(limit.limit() > 50);
  CHECK(limit.admits(at(Time(seconds(61)), 6), random));
  CHECK(limit.limit() == 7);
  for (int i = 0; i < 50; ++i) limit.on_end(Time(seconds(61)), {AdmissionResult::Kind::accepted, milliseconds(10), 5});
  CHECK(limit.limit() > 50);
}

TEST_CASE("AIMD: one more a round, a part less after a failure, once for what was under way") {
  AimdLimit limit(AimdLimitConfig{5, 50, 10, 0.5, milliseconds(100)});
  const auto ends = [&](int ms, AdmissionResult::Kind kind, int latency_ms = 10, std::uint32_t open = 50) {
    limit.on_end(Time(milliseconds(ms)), {kind, milliseconds(latency_ms), open});
  };
  for (int i = 0; i < 11; ++i) ends(1, AdmissionResult::Kind::accepted);
  CHECK(limit.limit() == 11);
  for (int i = 0; i < 50; ++i) ends(2, AdmissionResult::Kind::accepted, 10, 5);  // far from the limit
  CHECK(limit.limit() == 11);
  ends(1'000, AdmissionResult::Kind::overloaded);
  CHECK(limit.limit() == 5);
  for (int i = 0; i < 100; ++i) ends(1'001, AdmissionResult::Kind::accepted);
  const std::uint32_t grown = limit.limit();
  CHECK(grown > 12);
  ends(1'005, AdmissionResult::Kind::overloaded);  // began before the fall
  CHECK(limit.limit() == grown);
  ends(1'200, AdmissionResult::Kind::accepted, 101);  // too late
  CHECK(limit.limit() == std::max(5u, grown / 2));
  ends(2'000, AdmissionResult::Kind::unknown);
  CHECK(limit.limit() == std::max(5u, grown / 2));
}

// RFC 8289: nothing below the target; the first drop an interval after waits became too long, the n-th one
// interval / sqrt(n) after the one before.
TEST_CASE("CoDel: calls are shed in the control law's rhythm while the least wait is too long") {
  CoDel codel(CoDelConfig{milliseconds(5), milliseconds(100)});
  std::vector<double> drops;
  for (int us = 0; us < 1'000'000; us += 100) {
    const Time now{std::chrono::microseconds(us)};
    if (!codel.keeps(now, milliseconds(20))) drops.push_back(us / 1e3);
  }
  REQUIRE(drops.size() > 10);
  CHECK(drops[0] == Approx(100).margin(.2));
  double expected = drops[0];
  for (std::size_t n = 1; n < drops.size(); ++n) {
    expected += 100 / std::sqrt(static_cast<double>(n));
    CHECK(drops[n] == Approx(expected).margin(.2));
  }
  CHECK(codel.keeps(Time(seconds(2)), milliseconds(4)));
  CHECK(codel.keeps(Time(seconds(2)), milliseconds(20)));
  CHECK(codel.keeps(Time(seconds(2) + milliseconds(99)), milliseconds(20)));
  CHECK_FALSE(codel.keeps(Time(seconds(2) + milliseconds(101)), milliseconds(20)));
}

TEST_CASE("CoDel: a burst that drains within the interval loses nobody") {
  CoDel codel(CoDelConfig{});
  for (int i = 0; i < 90; ++i) CHECK(codel.keeps(Time(milliseconds(i)), milliseconds(90 - i)));
}

// Twice as many calls as there is room for: those that are let in are the more urgent half.
TEST_CASE("Priority shedding: under overload the least urgent go, whole users at a time, and no more than needed") {
  PriorityShedding shedding(PrioritySheddingConfig{milliseconds(20), milliseconds(100), 0.05, 0.01});
  RandomStream random(3);
  std::vector<int> calls(8);
  std::vector<int> admitted(8);
  double backlog = 0;  // calls
  for (int i = 0; i < 200'000; ++i) {  // 2,000 a second; 1,000 are served
    const Time now{std::chrono::microseconds(500 * i)};
    backlog = std::max(0.0, backlog - 0.5);
    const auto urgency = static_cast<std::uint8_t>(random.below(8));
    const bool counts = i >= 100'000;
    calls[urgency] += counts ? 1 : 0;
    if (!shedding.admits(at(now, 0, urgency), random)) continue;
    admitted[urgency] += counts ? 1 : 0;
    backlog += 1;
    shedding.keeps(now, Duration(static_cast<std::int64_t>(backlog * 1e6)));
  }
  const auto share = [&](std::size_t urgency) { return static_cast<double>(admitted[urgency]) / calls[urgency]; };
  for (const std::size_t urgent : {0, 1, 2}) CHECK(share(urgent) > 0.97);
  for (const std::size_t idle : {5, 6, 7}) CHECK(share(idle) < 0.1);
  double all = 0;
  for (const int count : admitted) all += count;
  CHECK(all == Approx(50'000).epsilon(.1));
  // One user's calls share a fate.
  AdmissionRequest request{Time(seconds(200)), 0, 4, 77};
  const bool first = shedding.admits(request, random);
  for (int i = 0; i < 20; ++i) CHECK(shedding.admits(request, random) == first);
}

TEST_CASE("Priority shedding: without waits everybody is let in again") {
  PriorityShedding shedding(PrioritySheddingConfig{milliseconds(20), milliseconds(10), 0.5, 0.1});
  RandomStream random(3);
  for (int i = 0; i < 1'000; ++i) {
    const Time now{milliseconds(i)};
    if (shedding.admits(at(now, 0, static_cast<std::uint8_t>(i % 8)), random)) shedding.keeps(now, seconds(1));
  }
  CHECK(shedding.cursor() < 128);
  for (int i = 1'000; i < 3'000; ++i) {
    const Time now{milliseconds(i)};
    if (shedding.admits(at(now, 0, static_cast<std::uint8_t>(i % 8)), random)) shedding.keeps(now, Duration::zero());
  }
  CHECK(shedding.cursor() == 1'024);
}

}  // namespace
}  // namespace meshtwin::test
