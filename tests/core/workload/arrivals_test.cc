#include "core/workload/arrivals.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "core/stats/confidence.h"
#include "tests/support/scenario_parts.h"

namespace meshtwin {
namespace {

std::vector<double> counts_per_window(const ArrivalConfig& config, std::uint64_t seed, double window_ms,
                                      int windows) {
  const auto process = make_arrivals(config, seed);
  std::vector<double> counts(windows, 0);
  Time last{};
  while (true) {
    const Time t = process->next();
    REQUIRE(t >= last);
    last = t;
    const double at = to_milliseconds(t.time_since_epoch()) / window_ms;
    if (at >= windows) return counts;
    ++counts[static_cast<std::size_t>(at)];
  }
}

RunningMoments moments_of(const std::vector<double>& values) {
  RunningMoments moments;
  for (const double v : values) moments.add(v);
  return moments;
}

TEST_CASE("Poisson arrivals: rate, and variance equal to the mean") {
  const auto counts = moments_of(counts_per_window(PoissonArrivals{2000}, 1, 10, 50'000));
  CHECK(counts.mean() == Approx(20).margin(0.08));                      // 4 standard errors
  CHECK(counts.variance() / counts.mean() == Approx(1).margin(0.026));  // 4 x sqrt(2 / 50,000)
}

TEST_CASE("Poisson arrivals at a rate that is no whole number of nanoseconds apart") {
  const auto counts = moments_of(counts_per_window(PoissonArrivals{1.5e8}, 2, 0.1, 200));
  // 3 million arrivals; whole nanoseconds shorten the mean of 6.67 by 0.1%, and a whole one would be 7.
  CHECK(counts.mean() == Approx(15'000).epsilon(0.0034));
}

TEST_CASE("deterministic arrivals don't drift") {
  const auto process = make_arrivals(DeterministicArrivals{3}, 0);
  for (int i = 0; i < 3'000'000; ++i) {
    const double exact = i / 3.0 * 1e9;
    const Time t = process->next();
    if (std::abs(static_cast<double>(t.time_since_epoch().count()) - exact) > 0.6) FAIL("arrival " << i);
  }
}

TEST_CASE("on-off arrivals: mean rate and index of dispersion") {
  // Rates 3000 and 500 per second, stays of 20 and 60 ms: a quarter of the time on.
  const OnOffArrivals config{3000, 500, 20 * kMillisecond, 60 * kMillisecond};
  const double rate = 0.25 * 3000 + 0.75 * 500;
  const double window = 2000;
  const auto counts = moments_of(counts_per_window(config, 3, window, 20'000));
  CHECK(counts.mean() == Approx(rate * window / 1000).epsilon(0.003));
  // Variance of the counts / mean for a long window (Fischer, Meier-Hellstern, "The Markov-modulated Poisson
  // process cookbook", Performance Evaluation 1993); a window of t has it to within 1 / (t x (1/20 + 1/60)).
  const double on = 1 / 0.02;
  const double off = 1 / 0.06;
  const double limit = 1 + 2 * 2500.0 * 2500 * on * off / ((on + off) * (on + off) * (3000 * off + 500 * on));
  const double relaxation = (on + off) * window / 1000;
  const double finite = 1 + (limit - 1) * (1 - (1 - std::exp(-relaxation)) / relaxation);
  CHECK(counts.variance() / counts.mean() ==
        Approx(finite).epsilon(0.05));  // 4 x sqrt(2 / 20,000) and a margin
}

TEST_CASE("on-off arrivals with a silent state") {
  const auto counts = moments_of(
      counts_per_window(OnOffArrivals{1000, 0, 10 * kMillisecond, 90 * kMillisecond}, 4, 1000, 20'000));
  CHECK(counts.mean() == Approx(100).epsilon(0.012));
}

// Mean counts of each window over many runs.
std::vector<double> mean_counts(const VaryingArrivals& config, double window_ms, int windows, int runs) {
  std::vector<double> sums(windows, 0);
  for (int run = 0; run < runs; ++run) {
    const auto counts = counts_per_window(config, 100 + run, window_ms, windows);
    for (int w = 0; w < windows; ++w) sums[w] += counts[w] / runs;
  }
  return sums;
}

void check_counts(const std::vector<double>& counts, const std::vector<double>& expected, int runs) {
  REQUIRE(counts.size() == expected.size());
  for (std::size_t w = 0; w < counts.size(); ++w) {
    CAPTURE(w);
    CHECK(counts[w] == Approx(expected[w]).margin(4 * std::sqrt(expected[w] / runs)));
  }
}

TEST_CASE("a stepped rate: none before the first point, and the last one stays") {
  const VaryingArrivals config{false,
                               {{at_ms(10), 1000}, {at_ms(20), 0}, {at_ms(35), 4000}, {at_ms(50), 500}}};
  check_counts(mean_counts(config, 10, 8, 4000), {0, 10, 0, 20, 40, 5, 5, 5}, 4000);
}

TEST_CASE("a linear rate: counts are its integral") {
  // Up from 0 to 2000, down to 0, a silence, up to 1000, where it stays.
  const VaryingArrivals config{
      true, {{at_ms(0), 0}, {at_ms(20), 2000}, {at_ms(40), 0}, {at_ms(60), 0}, {at_ms(70), 1000}}};
  check_counts(mean_counts(config, 10, 9, 4000), {5, 15, 15, 5, 0, 0, 5, 10, 10}, 4000);
}

TEST_CASE("a linear rate holds its first value before the first point, and may end in silence") {
  const VaryingArrivals config{true, {{at_ms(20), 1000}, {at_ms(30), 0}}};
  const auto process = make_arrivals(config, 5);
  int count = 0;
  while (process->next() != kNever) ++count;
  CHECK(count > 5);
  CHECK(process->next() == kNever);
  std::vector<double> totals;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const auto arrivals = make_arrivals(config, seed);
    double n = 0;
    while (arrivals->next() < at_ms(20)) ++n;
    totals.push_back(n);
  }
  CHECK(moments_of(totals).mean() == Approx(20).margin(0.3));
}

TEST_CASE("a trace is repeated exactly, its end and doubles included") {
  const auto process = make_arrivals(TraceArrivals{"", {at_ms(1), at_ms(1), at_ms(7.25)}}, 0);
  CHECK(process->next() == at_ms(1));
  CHECK(process->next() == at_ms(1));
  CHECK(process->next() == at_ms(7.25));
  CHECK(process->next() == kNever);
  CHECK(process->next() == kNever);
}

TEST_CASE("closed loops have no arrival process") { CHECK(make_arrivals(ClosedArrivals{}, 0) == nullptr); }

}  // namespace
}  // namespace meshtwin
