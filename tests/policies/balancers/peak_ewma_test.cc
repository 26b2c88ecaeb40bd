#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Both endpoints of it are drawn for each pick.
BenchOfEndpoints pair_of(const PeakEwmaConfig& config = {}) { return {config, {1, 1}}; }

void ask(BenchOfEndpoints& bench, EndpointIndex endpoint, Duration latency,
         Verdict verdict = Verdict::success) {
  bench.start(endpoint);
  bench.finish(endpoint, latency, verdict);
}

TEST_CASE("Peak EWMA: an endpoint without a latency has the default, which decays from the first pick on") {
  BenchOfEndpoints bench = pair_of();
  bench.now = Time(seconds(100));
  CHECK(bench.score(0) == 30);
  bench.pick();
  bench.start(0);
  CHECK(bench.score(0) == 60);
  bench.now = Time(seconds(110));
  CHECK(bench.score(0) == Approx(60 / std::exp(1)));
  CHECK(bench.score(1) == Approx(30 / std::exp(1)));
}

// Which keeps it from being tried for good, where the others are faster than the default.
TEST_CASE("Peak EWMA: an endpoint that joins gets its part, however fast the others are") {
  BenchOfEndpoints bench(PeakEwmaConfig{}, std::vector<std::uint32_t>(10, 1));
  int picks_of_new = 0;
  for (int i = 0; i < 60'000; ++i) {
    bench.now = Time(milliseconds(i));
    if (i == 10'000) bench.set_weights(std::vector<std::uint32_t>(11, 1));
    const EndpointIndex picked = bench.pick();
    ask(bench, picked, milliseconds(2));
    picks_of_new += picked == 10 && i >= 40'000 ? 1 : 0;
  }
  CHECK(picks_of_new == Approx(20'000 / 11.).epsilon(.2));
}

TEST_CASE("Peak EWMA: an endpoint that fails at once gets no more than its part") {
  BenchOfEndpoints bench(PeakEwmaConfig{}, std::vector<std::uint32_t>(10, 1));
  int picks_of_failing = 0;
  for (int i = 0; i < 60'000; ++i) {
    bench.now = Time(milliseconds(i));
    const EndpointIndex picked = bench.pick();
    const bool fails = picked == 0 && i >= 20'000;
    ask(bench, picked, fails ? std::chrono::microseconds(100) : Duration(milliseconds(20)),
        fails ? Verdict::failure : Verdict::success);
    picks_of_failing += fails ? 1 : 0;
  }
  CHECK(picks_of_failing < 1.1 * 40'000 / 10);
}

TEST_CASE("Peak EWMA: a latency above the estimate replaces it, one below is averaged in by its age") {
  BenchOfEndpoints bench = pair_of();
  ask(bench, 0, milliseconds(80));
  CHECK(bench.score(0) == 80);
  bench.now = Time(seconds(5));
  ask(bench, 0, milliseconds(20));
  const double estimate = 80 * std::exp(-.5) + 20 * (1 - std::exp(-.5));
  CHECK(bench.score(0) == Approx(estimate));
  bench.now = Time(seconds(8));
  CHECK(bench.score(0) == Approx(estimate * std::exp(-.3)));
  // What is compared with the new latency is the estimate itself, and not what it has decayed to.
  ask(bench, 0, milliseconds(40));
  CHECK(bench.score(0) == Approx(estimate * std::exp(-.3) + 40 * (1 - std::exp(-.3))));
}

TEST_CASE("Peak EWMA: in an instant that stands still, lower latencies change nothing") {
  BenchOfEndpoints bench = pair_of();
  ask(bench, 0, milliseconds(50));
  for (int i = 0; i < 10; ++i) ask(bench, 0, milliseconds(1));
  CHECK(bench.score(0) == 50);
}

TEST_CASE("Peak EWMA: what failed or was cancelled raises the estimate, and never lowers it") {
  for (const Verdict verdict : {Verdict::failure, Verdict::cancelled}) {
    BenchOfEndpoints bench = pair_of();
    ask(bench, 0, milliseconds(50));
    bench.now = Time(seconds(10));
    ask(bench, 0, milliseconds(1), verdict);
    // A failure renews it.
    CHECK(bench.score(0) == Approx(verdict == Verdict::failure ? 50 : 50 / std::exp(1)));
    bench.now = Time(seconds(20));
    ask(bench, 0, milliseconds(20), verdict);  // it is 18.4 or less by now
    CHECK(bench.score(0) == 20);
    ask(bench, 0, milliseconds(70), verdict);
    CHECK(bench.score(0) == 70);
  }
}

TEST_CASE("Peak EWMA: the cost counts requests under way, and is divided by the weight") {
  BenchOfEndpoints equal(PeakEwmaConfig{}, {3, 3});
  ask(equal, 0, milliseconds(40));
  equal.set_active(0, 2);
  CHECK(equal.score(0) == 120);
  BenchOfEndpoints unequal(PeakEwmaConfig{}, {4, 3});
  ask(unequal, 0, milliseconds(40));
  unequal.set_active(0, 2);
  CHECK(unequal.score(0) == 30);
}

TEST_CASE("Peak EWMA: reading changes nothing") {
  BenchOfEndpoints bench = pair_of();
  ask(bench, 0, milliseconds(80));
  bench.now = Time(seconds(5));
  for (int i = 0; i < 100; ++i) bench.score(0), bench.pick();
  CHECK(bench.score(0) == Approx(80 * std::exp(-.5)));
}

TEST_CASE("Peak EWMA: of two the cheaper one is picked, the first one drawn on a tie") {
  BenchOfEndpoints bench = pair_of();
  ask(bench, 0, milliseconds(31));
  CHECK(bench.count(2, 100)[1] == 100);
  bench.start(1);  // 60 against 31
  CHECK(bench.count(2, 100)[0] == 100);
  BenchOfEndpoints tied = pair_of();
  const auto counts = tied.count(2, 10'000);
  CHECK(std::abs(static_cast<double>(counts[0]) - 5'000) < 3.29 * 50);
}

// With distinct candidates the best of n is drawn, and then wins, with probability d / n; the second best wins
// where it is drawn without the best one.
TEST_CASE("Peak EWMA: the best of d distinct ones wins") {
  constexpr int kPicks = 40'000;
  for (const std::uint32_t d : {2u, 3u, 5u}) {
    BenchOfEndpoints bench(PeakEwmaConfig{d}, std::vector<std::uint32_t>(10, 1));
    for (EndpointIndex e = 0; e < 10; ++e) ask(bench, e, milliseconds(40 + e));
    const auto counts = bench.count(10, kPicks);
    double rest = 1;
    const double n = 10;
    for (int k = 0; k < 10; ++k) {
      double p = d / n;
      for (std::uint32_t i = 1; i < d; ++i) p *= std::max(n - k - i, 0.0) / (n - i);
      CAPTURE(d, k);
      CHECK(std::abs(static_cast<double>(counts[static_cast<std::size_t>(k)]) - kPicks * p) <=
            3.9 * std::sqrt(kPicks * p * (1 - p)));
      rest -= p;
    }
    CHECK(std::abs(rest) < 1e-12);
  }
}

}  // namespace
}  // namespace meshtwin::test
