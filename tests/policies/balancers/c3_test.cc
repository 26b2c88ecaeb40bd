#include <catch2/catch.hpp>
#include <cmath>

#include "policies/balancers/cubic_rate.h"
#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;

C3Config plain() { return {2, 1, 0.5, std::nullopt}; }

void report(BenchOfEndpoints& bench, EndpointIndex endpoint, std::uint32_t queue, int service_ms) {
  LoadReport load;
  load.in_flight = queue;
  load.service_time = milliseconds(service_ms);
  bench.report(endpoint, load);
}

TEST_CASE("C3: the score is R - T + (1 + active * clients + Q)^3 * T, of moving averages") {
  C3Config config = plain();
  config.clients = 4;
  BenchOfEndpoints bench(config, {1, 1});
  bench.start(0);
  report(bench, 0, 2, 10);
  bench.finish(0, milliseconds(30));
  CHECK(bench.score(0) == Approx(30 - 10 + 27 * 10));
  bench.start(0);
  report(bench, 0, 4, 20);
  CHECK(bench.score(0) == Approx(30 - 15 + std::pow(1 + 4 + 3, 3) * 15));
  bench.finish(0, milliseconds(50));
  CHECK(bench.score(0) == Approx(40 - 15 + 64 * 15));
}

// A client of many hears of an endpoint now and then: what it heard long ago is not to outweigh the latest.
TEST_CASE("C3: by default the latest value counts for nine tenths of an average") {
  BenchOfEndpoints bench(C3Config{}, {1, 1});
  report(bench, 0, 0, 10);
  report(bench, 0, 10, 20);
  CHECK(bench.score(0) == Approx(std::pow(1 + 9, 3) * 19 - 19));
}

TEST_CASE("C3: a long queue of a fast endpoint is better than a short one of a slow endpoint, up to the cube") {
  BenchOfEndpoints bench(plain(), {1, 1});
  report(bench, 0, 3, 1);   // 4^3 * 1 = 64
  report(bench, 1, 1, 10);  // 2^3 * 10 = 80
  CHECK(bench.count(2, 50)[0] == 50);
  report(bench, 0, 9, 1);  // Q = 6: 343
  CHECK(bench.count(2, 50)[1] == 50);
}

TEST_CASE("C3: those that nothing is known of come first, with fewer active requests before others") {
  BenchOfEndpoints bench(plain(), {1, 1});
  bench.start(0);
  report(bench, 0, 0, 1);
  bench.finish(0, milliseconds(2));
  CHECK(bench.count(2, 20)[1] == 20);
  BenchOfEndpoints fresh(plain(), {1, 1});
  fresh.start(0);
  CHECK(fresh.count(2, 20)[1] == 20);
}

TEST_CASE("C3: a failure never lowers the response time") {
  BenchOfEndpoints bench(plain(), {1, 1});
  report(bench, 0, 0, 10);
  bench.start(0);
  bench.finish(0, milliseconds(40));
  bench.start(0);
  bench.finish(0, milliseconds(1), Verdict::failure);
  CHECK(bench.score(0) == Approx(40));
}

TEST_CASE("C3: where all that were drawn are at their rate, the call waits until one isn't") {
  C3Config config = plain();
  config.rate_control = C3RateControl{milliseconds(20), 2};
  BenchOfEndpoints bench(config, {1, 1});
  for (int i = 0; i < 4; ++i) {
    const EndpointIndex picked = bench.pick();
    REQUIRE(picked < 2);
    bench.start(picked);
  }
  RandomStream random(1);
  const Pick pick = bench.balancer().pick(PickContext{bench.endpoints, {}, random, bench.now});
  CHECK(pick.kind == Pick::Kind::queue);
  CHECK(pick.until > Time(milliseconds(10)));  // two tokens in 20 ms
  CHECK(pick.until <= Time(milliseconds(10)) + Duration(2));
  bench.now = pick.until;
  CHECK(bench.pick() < 2);
}

// After a fall from R0 at time 0 the rate is R0 * (1 + beta * (t / saddle - 1)^3), as far as step_max allows.
TEST_CASE("C3: the rate falls by its part, and grows back along the cubic curve") {
  const C3RateControl config{milliseconds(20), 10, 0.2, 1e6, milliseconds(100)};
  CubicRate rate;
  rate.begin(config, Time{});
  rate.received(config, Time(milliseconds(41)));
  rate.received(config, Time(milliseconds(61)));  // one came in the interval before: it falls
  CHECK(rate.rate() == Approx(8));
  const Time fell(milliseconds(61));
  for (int i = 0; i < 1'000; ++i) rate.received(config, fell);
  for (int n = 4; n < 30; ++n) {
    const Time now(milliseconds(20 * n) + std::chrono::microseconds(1));
    const double before = rate.rate();
    const double x = static_cast<double>((now - fell).count()) / 1e8 - 1;
    rate.received(config, now);
    const bool grew = rate.rate() > before;
    if (grew) CHECK(rate.rate() == Approx(10 * (1 + 0.2 * x * x * x)));
    for (int i = 0; i < 1'000; ++i) rate.received(config, now);  // far more than is sent
  }
  CHECK(rate.rate() > 10);
  const double before = rate.rate();
  const C3RateControl small_steps{milliseconds(20), 10, 0.2, 0.5, milliseconds(100)};
  rate.received(small_steps, Time(milliseconds(640)));
  CHECK(rate.rate() <= before + 0.5);
}

}  // namespace
}  // namespace meshtwin::test
