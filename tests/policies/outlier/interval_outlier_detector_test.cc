// gRPC's A50 step by step, and Envoy's consecutive failures.
#include "policies/outlier/interval_outlier_detector.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

namespace meshtwin::test {
namespace {

using std::chrono::seconds;

Time at(double s) { return Time(Duration(std::llround(s * 1e9))); }

// A detector over endpoints 0 to count - 1, which are members from time zero on.
class Bench {
 public:
  explicit Bench(const OutlierConfig& config, std::size_t count = 10) : detector(config) { set_members(count); }

  void set_members(std::size_t count, EndpointIndex without = ~0u) {
    std::vector<Member> members;
    for (EndpointIndex e = 0; e < count; ++e) {
      if (e != without) members.push_back({e, 1});
    }
    endpoints.update(std::make_shared<const Membership>(members));
    detector.on_members(now, endpoints);
  }
  void results(EndpointIndex endpoint, int successes, int failures) {
    for (int i = 0; i < failures; ++i) detector.on_result(now, endpoint, Verdict::failure, endpoints);
    for (int i = 0; i < successes; ++i) detector.on_result(now, endpoint, Verdict::success, endpoints);
  }
  void all_succeed(int each, EndpointIndex but = ~0u) {
    for (const EndpointIndex e : endpoints.membership()->endpoints()) {
      if (e != but) results(e, each, 0);
    }
  }
  // Sweeps what is due by then, and tells who is out: "36", or "" for nobody.
  std::string sweep(double s) {
    now = at(s);
    if (now >= detector.next_sweep()) detector.sweep(now, endpoints, random);
    return out();
  }
  std::string out() const {
    std::string text;
    for (const EndpointIndex e : endpoints.membership()->endpoints()) {
      if (endpoints.standing(e) == Standing::ejected) text += std::to_string(e);
    }
    return text;
  }

  EndpointSet endpoints;
  IntervalOutlierDetector detector;
  RandomStream random{1};
  Time now{};
};

OutlierConfig by_percentage() {
  OutlierConfig config;
  config.failure_percentage = FailurePercentageEjection{};
  return config;
}

OutlierConfig by_success_rate() {
  OutlierConfig config;
  config.success_rate = SuccessRateEjection{};
  return config;
}

TEST_CASE("Failure percentage: above the threshold, and not at it, at the end of the interval") {
  Bench bench(by_percentage());
  bench.all_succeed(100);
  bench.results(3, 15, 85);
  bench.results(4, 0, 0);
  CHECK(bench.sweep(9.9).empty());
  CHECK(bench.sweep(10).empty());  // endpoint 3: 85 of 200
  bench.all_succeed(100, 3);
  bench.results(3, 15, 85);
  CHECK(bench.sweep(20).empty());
  bench.all_succeed(100, 3);
  bench.results(3, 14, 86);
  CHECK(bench.sweep(30) == "3");
  CHECK(bench.detector.view(3).why == "failure percentage");
  CHECK(bench.detector.view(3).since == at(30));
  CHECK(bench.detector.view(3).multiplier == 1);
  CHECK(bench.detector.ejections() == 1);
}

TEST_CASE("Failure percentage: too few members or results, and nobody is looked at") {
  Bench few(by_percentage(), 4);
  few.results(0, 0, 1000);
  CHECK(few.sweep(10).empty());
  Bench quiet(by_percentage());
  quiet.results(0, 0, 49);
  CHECK(quiet.sweep(10).empty());
  quiet.results(0, 0, 50);
  CHECK(quiet.sweep(20) == "0");
}

// A single one of n lies sqrt(n - 1) deviations below the mean, however little it differs: 3 for ten, 2 for five.
TEST_CASE("Success rate: far below the others' mean by their deviation") {
  Bench bench(by_success_rate());
  bench.all_succeed(100, 6);
  bench.results(6, 99, 1);
  CHECK(bench.sweep(10) == "6");
  CHECK(bench.detector.view(6).why == "success rate");
  for (const std::uint32_t factor : {1900u, 2100u}) {
    OutlierConfig config = by_success_rate();
    config.success_rate->stdev_factor = factor;
    Bench five(config, 5);
    five.all_succeed(100, 2);
    five.results(2, 50, 50);
    // A single one of five always lies two deviations below the mean.
    CHECK(five.sweep(10) == (factor == 1900 ? "2" : ""));
  }
}

TEST_CASE("Success rate: with fewer than minimum_hosts of enough results, nobody is looked at") {
  Bench bench(by_success_rate());
  for (EndpointIndex e = 0; e < 4; ++e) bench.results(e, 100, 0);
  bench.results(4, 0, 99);
  CHECK(bench.sweep(10).empty());
  for (EndpointIndex e = 0; e < 4; ++e) bench.results(e, 100, 0);
  bench.results(4, 0, 100);
  CHECK(bench.sweep(20) == "4");
}

TEST_CASE("Where all do equally badly, none is an outlier") {
  Bench bench(by_success_rate());
  for (EndpointIndex e = 0; e < 10; ++e) bench.results(e, 20, 80);
  CHECK(bench.sweep(10).empty());
}

TEST_CASE("At most max_ejected are out, but one may be in any case, and 0 ejects none") {
  for (const auto& [share, out] : {std::pair{.1, "0"}, {.05, "0"}, {.11, "01"}, {.3, "012"}, {1.0, "0123"}, {0.0, ""}}) {
    OutlierConfig config = by_percentage();
    config.max_ejected = share;
    Bench bench(config);
    for (EndpointIndex e = 0; e < 10; ++e) bench.results(e, e < 4 ? 0 : 100, e < 4 ? 100 : 0);
    CAPTURE(share);
    CHECK(bench.sweep(10) == out);
    CHECK(bench.detector.spared() == 4 - std::string(out).size());
  }
}

// Base 30 s, interval 10 s: out after more than 30 s, so at the fourth sweep; the multiplier falls by one a sweep.
TEST_CASE("An endpoint comes back at the first sweep after its time, which grows with each ejection") {
  Bench bench(by_percentage());
  const auto fail = [&] {
    bench.all_succeed(100, 5);
    bench.results(5, 0, 100);
  };
  fail();
  CHECK(bench.sweep(10) == "5");
  CHECK(bench.sweep(20) == "5");
  CHECK(bench.sweep(39.9) == "5");
  CHECK(bench.sweep(40) == "5");  // 30 s, and not more
  CHECK(bench.sweep(50).empty());
  CHECK(bench.detector.view(5).multiplier == 1);
  fail();
  CHECK(bench.sweep(60) == "5");  // twice now
  CHECK(bench.detector.view(5).multiplier == 2);
  CHECK(bench.detector.view(5).at_least == seconds(60));
  CHECK(bench.sweep(120) == "5");
  CHECK(bench.sweep(130).empty());
  CHECK(bench.sweep(140).empty());
  CHECK(bench.detector.view(5).multiplier == 1);
  CHECK(bench.sweep(150).empty());
  CHECK(bench.detector.view(5).multiplier == 0);
  CHECK(bench.sweep(160).empty());
  CHECK(bench.detector.view(5).multiplier == 0);
}

TEST_CASE("The time out is at most max_ejection, or base_ejection where that is longer") {
  for (const auto& [base, max, longest] : {std::tuple{30, 100, 100}, {30, 10, 30}}) {
    OutlierConfig config = by_percentage();
    config.base_ejection = seconds(base);
    config.max_ejection = seconds(max);
    Bench bench(config);
    double time = 0;
    for (int i = 0; i < 6; ++i) {
      bench.all_succeed(100, 5);
      bench.results(5, 0, 100);
      CHECK(bench.sweep(time += 10) == "5");
      const Duration out = bench.detector.view(5).at_least;
      CHECK(out == std::min<Duration>(seconds(base) * bench.detector.view(5).multiplier, seconds(longest)));
      while (!bench.sweep(time += 10).empty()) {
      }
    }
    CHECK(bench.detector.view(5).at_least == seconds(longest));
  }
}

TEST_CASE("Enforcement by percentage ejects so many of the outliers") {
  int ejected = 0;
  OutlierConfig config = by_percentage();
  config.failure_percentage->enforcement_percentage = 30;
  for (int i = 0; i < 2000; ++i) {
    Bench bench(config);
    bench.random = RandomStream(static_cast<std::uint64_t>(i));
    bench.results(0, 0, 100);
    ejected += bench.sweep(10) == "0" ? 1 : 0;
  }
  CHECK(std::abs(ejected - 600) < 3.9 * std::sqrt(2000 * .3 * .7));
}

TEST_CASE("Consecutive failures eject at once, a success begins the count anew, a cancelled attempt doesn't") {
  OutlierConfig config;
  config.consecutive_failures = 5;
  Bench bench(config);
  bench.results(2, 0, 4);
  bench.results(2, 1, 0);
  bench.results(2, 0, 4);
  bench.detector.on_result(bench.now, 2, Verdict::cancelled, bench.endpoints);
  CHECK(bench.out().empty());
  bench.now = at(3);
  bench.results(2, 0, 1);
  CHECK(bench.out() == "2");
  CHECK(bench.detector.view(2).since == at(3));
  CHECK(bench.detector.view(2).why == "consecutive failures");
  // One of ten is the most: the next one stays, and is looked at again after five more.
  bench.results(7, 0, 9);
  CHECK(bench.out() == "2");
  CHECK(bench.detector.spared() == 1);
  CHECK(bench.sweep(30) == "2");
  CHECK(bench.sweep(40).empty());
  bench.results(7, 0, 1);
  CHECK(bench.out() == "7");
}

TEST_CASE("Many sweeps at once are those that there would have been, and idle time costs nothing") {
  Bench step(by_percentage());
  Bench jump(by_percentage());
  for (Bench* bench : {&step, &jump}) {
    bench->all_succeed(100, 5);
    bench->results(5, 0, 100);
  }
  for (int t = 1; t <= 60; ++t) step.sweep(t);
  jump.sweep(60);
  CHECK(step.out() == jump.out());
  CHECK(step.detector.view(5).multiplier == jump.detector.view(5).multiplier);
  CHECK(step.detector.next_sweep() == jump.detector.next_sweep());
  OutlierConfig config = by_percentage();
  config.interval = Duration(1);
  Bench idle(config);
  idle.sweep(1e6);
  CHECK(idle.detector.next_sweep() == at(1e6) + Duration(1));
}

TEST_CASE("An endpoint that leaves is forgotten, and comes back with a clean record") {
  Bench bench(by_percentage());
  bench.all_succeed(100, 5);
  bench.results(5, 0, 100);
  CHECK(bench.sweep(10) == "5");
  bench.set_members(10, 5);
  bench.results(5, 0, 100);  // the last of its attempts
  CHECK(bench.sweep(20).empty());
  bench.set_members(10);
  CHECK(bench.out().empty());
  CHECK(bench.detector.view(5).multiplier == 0);
  CHECK(bench.sweep(30).empty());
}

TEST_CASE("An endpoint that a breaker keeps out, too, is out until both let it back") {
  Bench bench(by_percentage());
  bench.endpoints.set_ejected(5, true, EjectedBy::breaker);
  bench.all_succeed(100, 5);
  bench.results(5, 0, 100);
  CHECK(bench.sweep(10) == "5");
  bench.endpoints.set_ejected(5, false, EjectedBy::breaker);
  CHECK(bench.out() == "5");
  bench.endpoints.set_ejected(5, true, EjectedBy::breaker);
  CHECK(bench.sweep(50) == "5");
  bench.endpoints.set_ejected(5, false, EjectedBy::breaker);
  CHECK(bench.out().empty());
}

}  // namespace
}  // namespace meshtwin::test
