#include "core/random/distributions.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace meshtwin {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Cdf = std::function<double(double seconds)>;

constexpr int kDraws = 1000000;

std::vector<double> draw_seconds(const Distribution& distribution, std::uint64_t seed, int draws = kDraws) {
  RandomStream stream(seed);
  std::vector<double> values;
  values.reserve(static_cast<std::size_t>(draws));
  for (int i = 0; i < draws; ++i) values.push_back(to_seconds(distribution.sample(stream)));
  return values;
}

double average(const std::vector<double>& values, const std::function<double(double)>& function) {
  double sum = 0;
  for (double value : values) sum += function(value);
  return sum / static_cast<double>(values.size());
}

// The mean and the variance of many draws lie within 4.5 of their standard errors of what the distribution
// claims, which is itself compared with the expected values by the caller.
void check_moments(const Distribution& distribution, const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  const double mean = average(values, [](double x) { return x; });
  const double variance = average(values, [&](double x) { return (x - mean) * (x - mean); });
  const double fourth = average(values, [&](double x) { return std::pow(x - mean, 4); });
  const double claimed_mean = to_seconds(distribution.mean());
  const double claimed_variance = distribution.cv2() * claimed_mean * claimed_mean;
  CHECK(std::abs(mean - claimed_mean) < 4.5 * std::sqrt(variance / n));
  CHECK(std::abs(variance - claimed_variance) < 4.5 * std::sqrt((fourth - variance * variance) / n));
}

// Kolmogorov's distance times sqrt(n): above 1.95 with a probability of 0.1% if the draws follow the CDF.
double kolmogorov_smirnov(std::vector<double> values, const Cdf& cdf) {
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double expected = cdf(values[i]);
    distance = std::max(
        {distance, expected - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - expected});
  }
  return distance * std::sqrt(n);
}

void check(const Distribution& distribution, std::uint64_t seed, const Cdf& cdf) {
  const std::vector<double> values = draw_seconds(distribution, seed);
  check_moments(distribution, values);
  CHECK(kolmogorov_smirnov(values, cdf) < 1.95);
}

double exponential_cdf(double seconds, double mean) { return -std::expm1(-seconds / mean); }

TEST_CASE("A constant takes no random numbers") {
  RandomStream stream(1);
  RandomStream untouched = stream;
  const Distribution distribution = Distribution::constant(milliseconds(3));
  for (int i = 0; i < 10; ++i) CHECK(distribution.sample(stream) == milliseconds(3));
  CHECK(stream.next() == untouched.next());
  CHECK(distribution.mean() == milliseconds(3));
  CHECK(distribution.cv2() == 0);
  CHECK(Distribution().sample(stream) == nanoseconds(0));
  const Duration odd{(std::int64_t{1} << 60) + 1};
  CHECK(Distribution::constant(odd).sample(stream) == odd);
}

TEST_CASE("Uniform") {
  const Distribution distribution = Distribution::uniform(milliseconds(2), milliseconds(10));
  CHECK(distribution.mean() == milliseconds(6));
  CHECK(distribution.cv2() == Approx(64.0 / 12 / 36));
  check(distribution, 2, [](double x) { return (x - 0.002) / 0.008; });

  const Distribution narrow = Distribution::uniform(nanoseconds(5), nanoseconds(7));
  RandomStream stream(3);
  std::vector<int> seen(8);
  for (int i = 0; i < 30000; ++i) ++seen[static_cast<std::size_t>(narrow.sample(stream).count())];
  for (std::size_t value : {5U, 6U, 7U}) CHECK(std::abs(seen[value] - 10000) < 4 * 82);
  CHECK(narrow.cv2() == Approx(2.0 / 3 / 36));
  CHECK(Distribution::uniform(hours(1), hours(1)).sample(stream) == hours(1));
  CHECK(Distribution::uniform(nanoseconds(0), Duration::max()).sample(stream) >= nanoseconds(0));
}

TEST_CASE("Exponential") {
  const Distribution distribution = Distribution::exponential(milliseconds(10));
  CHECK(distribution.mean() == milliseconds(10));
  CHECK(distribution.cv2() == 1);
  check(distribution, 4, [](double x) { return exponential_cdf(x, 0.010); });
}

TEST_CASE("Lognormal") {
  for (double cv : {0.2, 1.0}) {
    const Distribution distribution = Distribution::lognormal(milliseconds(10), cv);
    CHECK(distribution.mean() == milliseconds(10));
    CHECK(distribution.cv2() == Approx(cv * cv));
    const double sigma = std::sqrt(std::log(1 + cv * cv));
    const double mu = std::log(0.010) - sigma * sigma / 2;
    check(distribution, 5, [=](double x) {
      return x <= 0 ? 0.0 : std::erfc((mu - std::log(x)) / sigma / std::sqrt(2.0)) / 2;
    });
  }
  RandomStream stream(6);
  CHECK(Distribution::lognormal(milliseconds(10), 0).sample(stream) == milliseconds(10));
}

TEST_CASE("Pareto") {
  const Distribution distribution = Distribution::pareto(milliseconds(4), 5);
  CHECK(distribution.mean() == milliseconds(5));
  CHECK(distribution.cv2() == Approx(1.0 / 15));
  check(distribution, 7, [](double x) { return 1 - std::pow(0.004 / x, 5); });

  const Distribution by_mean = Distribution::pareto_with_mean(milliseconds(5), 5);
  CHECK(by_mean.mean() == milliseconds(5));
  RandomStream a(8);
  RandomStream b(8);
  for (int i = 0; i < 1000; ++i) CHECK(by_mean.sample(a) == distribution.sample(b));
}

TEST_CASE("Pareto without a variance") {
  const Distribution distribution = Distribution::pareto(milliseconds(1), 1.5);
  CHECK(distribution.mean() == milliseconds(3));
  CHECK(distribution.cv2() == std::numeric_limits<double>::infinity());
  const std::vector<double> values = draw_seconds(distribution, 9);
  CHECK(kolmogorov_smirnov(values, [](double x) { return 1 - std::pow(0.001 / x, 1.5); }) < 1.95);
  CHECK(*std::min_element(values.begin(), values.end()) >= 0.001);
}

TEST_CASE("Hyperexponential by mean and variation") {
  for (double cv : {1.0, 2.0, 4.0}) {
    const Distribution distribution = Distribution::hyperexponential(milliseconds(10), cv);
    CHECK(distribution.mean() == milliseconds(10));
    CHECK(distribution.cv2() == Approx(cv * cv));
    const double p = (1 + std::sqrt((cv * cv - 1) / (cv * cv + 1))) / 2;
    check(distribution, 10, [=](double x) {
      return p * exponential_cdf(x, 0.005 / p) + (1 - p) * exponential_cdf(x, 0.005 / (1 - p));
    });
  }
}

TEST_CASE("Hyperexponential by phases") {
  const Distribution distribution = Distribution::hyperexponential(
      {{0.7, milliseconds(1)}, {0.2, milliseconds(10)}, {0.1, milliseconds(50)}});
  CHECK(distribution.mean() == microseconds(7700));
  CHECK(distribution.cv2() == Approx(2 * (0.7 + 20 + 250) / (7.7 * 7.7) - 1));
  check(distribution, 11, [](double x) {
    return 0.7 * exponential_cdf(x, 0.001) + 0.2 * exponential_cdf(x, 0.010) +
           0.1 * exponential_cdf(x, 0.050);
  });
}

// 1 minus the sum of the first k terms of a Poisson distribution.
double erlang_cdf(double seconds, std::uint32_t phases, double mean) {
  const double load = seconds * phases / mean;
  double term = std::exp(-load);
  double sum = 0;
  for (std::uint32_t i = 0; i < phases; ++i) {
    sum += term;
    term *= load / (i + 1);
  }
  return 1 - sum;
}

TEST_CASE("Erlang") {
  for (std::uint32_t phases : {1U, 4U, 40U}) {
    const Distribution distribution = Distribution::erlang(phases, milliseconds(10));
    CHECK(distribution.mean() == milliseconds(10));
    CHECK(distribution.cv2() == Approx(1.0 / phases));
    check(distribution, 12, [=](double x) { return erlang_cdf(x, phases, 0.010); });
  }
}

TEST_CASE("Empirical") {
  // Steep and shallow stretches, and a gap at the median that no sample may fall into.
  const Distribution distribution = Distribution::empirical({{0, milliseconds(1)},
                                                             {0.25, milliseconds(2)},
                                                             {0.5, milliseconds(10)},
                                                             {0.5, milliseconds(20)},
                                                             {0.99, milliseconds(30)},
                                                             {1, milliseconds(500)}});
  CHECK(to_seconds(distribution.mean()) ==
        Approx(0.25 * 0.0015 + 0.25 * 0.006 + 0.49 * 0.025 + 0.01 * 0.265).epsilon(1e-8));
  check(distribution, 13, [](double x) {
    if (x < 0.002) return 0.25 * (x - 0.001) / 0.001;
    if (x < 0.010) return 0.25 + 0.25 * (x - 0.002) / 0.008;
    if (x < 0.020) return 0.5;
    if (x < 0.030) return 0.5 + 0.49 * (x - 0.020) / 0.010;
    return 0.99 + 0.01 * (x - 0.030) / 0.470;
  });
  const std::vector<double> values = draw_seconds(distribution, 14, 100000);
  CHECK(std::none_of(values.begin(), values.end(), [](double x) { return x > 0.0100001 && x < 0.0199999; }));
}

TEST_CASE("Empirical with an atom and with all values equal") {
  RandomStream stream(15);
  const Distribution atom =
      Distribution::empirical({{0, milliseconds(1)}, {0.4, milliseconds(1)}, {1, milliseconds(2)}});
  int at_atom = 0;
  for (int i = 0; i < 100000; ++i) at_atom += atom.sample(stream) == milliseconds(1) ? 1 : 0;
  CHECK(std::abs(at_atom - 40000) < 4 * std::sqrt(100000 * 0.24));
  const Distribution flat = Distribution::empirical({{0, milliseconds(5)}, {1, milliseconds(5)}});
  CHECK(flat.sample(stream) == milliseconds(5));
  CHECK(flat.cv2() == Approx(0).margin(1e-12));
  const Distribution zero = Distribution::empirical({{0, nanoseconds(0)}, {1, nanoseconds(0)}});
  CHECK(zero.sample(stream) == nanoseconds(0));
  CHECK(zero.cv2() == 0);
}

TEST_CASE("Samples saturate instead of overflowing") {
  RandomStream stream(16);
  const Distribution endless = Distribution::exponential(Duration::max());
  int saturated = 0;
  for (int i = 0; i < 10000; ++i) {
    const Duration sample = endless.sample(stream);
    REQUIRE(sample >= nanoseconds(0));
    saturated += sample == Duration::max() ? 1 : 0;
  }
  // P(X > mean) = 1/e.
  CHECK(std::abs(saturated - 3679) < 4 * 49);
  const Distribution heavy = Distribution::lognormal(Duration::max(), 100);
  for (int i = 0; i < 10000; ++i) REQUIRE(heavy.sample(stream) >= nanoseconds(0));
  CHECK(Distribution::constant(Duration::max()).mean() == Duration::max());
}

// Tiny means show the rounding: P(X rounds to 0) = P(X < 0.5 ns).
TEST_CASE("Samples are rounded to the nearest nanosecond") {
  RandomStream stream(17);
  const Distribution distribution = Distribution::exponential(nanoseconds(1));
  int zeros = 0;
  int ones = 0;
  for (int i = 0; i < 100000; ++i) {
    const Duration sample = distribution.sample(stream);
    zeros += sample == nanoseconds(0) ? 1 : 0;
    ones += sample == nanoseconds(1) ? 1 : 0;
  }
  CHECK(std::abs(zeros / 1e5 - (1 - std::exp(-0.5))) < 4 * 0.0016);
  CHECK(std::abs(ones / 1e5 - (std::exp(-0.5) - std::exp(-1.5))) < 4 * 0.0016);
}

// A change of a single nanosecond anywhere would show here.
TEST_CASE("The samples never change") {
  const std::vector<Distribution> all = {
      Distribution::uniform(milliseconds(1), milliseconds(9)),
      Distribution::exponential(milliseconds(10)),
      Distribution::lognormal(milliseconds(10), 1.5),
      Distribution::pareto(milliseconds(1), 1.2),
      Distribution::hyperexponential(milliseconds(10), 3),
      Distribution::erlang(20, milliseconds(10)),
      Distribution::empirical({{0, milliseconds(1)}, {0.9, milliseconds(7)}, {1, milliseconds(90)}}),
  };
  RandomStream stream = RandomStream::named(1, "samples");
  std::uint64_t digest = 0;
  for (int i = 0; i < 10000; ++i) {
    for (const Distribution& distribution : all) {
      digest = mix(digest, static_cast<std::uint64_t>(distribution.sample(stream).count()));
    }
  }
  CHECK(digest == 0xb69175a4ca29f1beU);
}

}  // namespace
}  // namespace meshtwin
