#include "core/stats/confidence.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "core/random/deterministic_math.h"
#include "core/random/stream.h"

namespace meshtwin {
namespace {

// Of 20,000 intervals at 95%, the share that covers has a standard error of 0.154 points; of 2,000, 0.487.
// The bands below are at least three of them wide on each side.
constexpr int kRepetitions = 20000;
constexpr int kFewRepetitions = 2000;

double exponential(RandomStream& stream) { return -ln(stream.unit_open()); }

// About normal: the sum of twelve uniform numbers, with variance 1.
double about_normal(RandomStream& stream) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += stream.unit();
  return sum;
}

// The share of repetitions in which an interval contains the truth, in percent.
template <class MakeInterval>
double coverage_percent(double truth, int repetitions, MakeInterval make_interval) {
  int covered = 0;
  for (int i = 0; i < repetitions; ++i) covered += make_interval().contains(truth) ? 1 : 0;
  return 100.0 * covered / repetitions;
}

TEST_CASE("Student's t has its tabulated quantiles") {
  CHECK(student_t_quantile(0.975, 1) == Approx(12.7062047364));
  CHECK(student_t_quantile(0.975, 4) == Approx(2.7764451052));
  CHECK(student_t_quantile(0.975, 9) == Approx(2.2621571628));
  CHECK(student_t_quantile(0.995, 30) == Approx(2.7499956536));
  CHECK(student_t_quantile(0.975, 1000000) == Approx(1.9599663));
  CHECK(student_t_quantile(0.025, 4) == Approx(-2.7764451052));
  CHECK(student_t_quantile(0.5, 7) == Approx(0).margin(1e-12));
}

TEST_CASE("Running moments survive a large offset") {
  RunningMoments moments;
  CHECK(moments.mean() == 0);
  CHECK(moments.variance() == 0);
  for (double value : {4.0, 7.0, 13.0, 16.0}) moments.add(1e9 + value);
  CHECK(moments.count() == 4);
  CHECK(moments.mean() == 1e9 + 10);
  CHECK(moments.variance() == 30);
}

TEST_CASE("The interval of a mean by hand") {
  const std::vector<double> values = {1, 2, 3, 4, 5};
  const Interval interval = mean_interval95(values);
  CHECK(interval.low == Approx(3 - 2.7764451052 * std::sqrt(2.5 / 5)));
  CHECK(interval.high == Approx(3 + 2.7764451052 * std::sqrt(2.5 / 5)));
  CHECK(interval.half_width() == Approx(1.9632432));
}

TEST_CASE("Too little data gives an interval that says nothing") {
  const std::vector<double> one = {1};
  CHECK(std::isinf(mean_interval95(one).high));
  CHECK(std::isinf(mean_interval95({}).low));
  CHECK(std::isinf(sectioned_interval95(1, one).high));
  CHECK(std::isinf(paired_difference_interval95(one, one).low));
}

TEST_CASE("The interval of a mean covers in 95% of the cases") {
  RandomStream stream(1);
  const double coverage = coverage_percent(3, kRepetitions, [&] {
    std::vector<double> values(10);
    for (double& value : values) value = 3 + 2 * about_normal(stream);
    return mean_interval95(values);
  });
  CHECK(coverage > 94.5);
  CHECK(coverage < 95.5);
}

TEST_CASE("The paired interval covers in 95% of the cases and is narrow under common noise") {
  RandomStream stream(2);
  double paired_width = 0;
  double single_width = 0;
  const double coverage = coverage_percent(0.5, kRepetitions, [&] {
    std::vector<double> a(10);
    std::vector<double> b(10);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double common = 10 * about_normal(stream);
      a[i] = common + 0.5 + about_normal(stream);
      b[i] = common + about_normal(stream);
    }
    const Interval interval = paired_difference_interval95(a, b);
    paired_width += interval.half_width();
    single_width += mean_interval95(a).half_width();
    return interval;
  });
  CHECK(coverage > 94.5);
  CHECK(coverage < 95.5);
  CHECK(paired_width < single_width / 5);
}

TEST_CASE("The paired interval of equal series is a point at zero") {
  const std::vector<double> values = {3, 1, 4, 1, 5};
  const Interval interval = paired_difference_interval95(values, values);
  CHECK(interval.low == 0);
  CHECK(interval.high == 0);
}

double quantile_of(std::vector<double> values, double q) {
  const auto rank = static_cast<std::ptrdiff_t>(std::ceil(q * static_cast<double>(values.size()))) - 1;
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}

TEST_CASE("The sectioned interval of a percentile covers in 95% of the cases") {
  RandomStream stream(3);
  constexpr std::size_t kSections = 10;
  constexpr std::size_t kSectionSize = 1000;
  const double truth = std::log(20);
  const double coverage = coverage_percent(truth, kFewRepetitions, [&] {
    std::vector<double> all;
    std::vector<double> sections;
    for (std::size_t i = 0; i < kSections; ++i) {
      std::vector<double> section(kSectionSize);
      for (double& value : section) value = exponential(stream);
      sections.push_back(quantile_of(section, 0.95));
      all.insert(all.end(), section.begin(), section.end());
    }
    const double overall = quantile_of(all, 0.95);
    const Interval interval = sectioned_interval95(overall, sections);
    REQUIRE(interval.low + interval.high == Approx(2 * overall));
    return interval;
  });
  CHECK(coverage > 93.5);
  CHECK(coverage < 96.5);
}

TEST_CASE("Sections that all deviate to one side widen the interval") {
  const std::vector<double> sections = {2, 2, 2, 2};
  CHECK(mean_interval95(sections).half_width() == 0);
  // The deviations are 1 each, so the variance is 4/3, the standard error sqrt(1/3), and t(0.975,
  // 3) 3.182446.
  CHECK(sectioned_interval95(3, sections).half_width() == Approx(3.1824463 * std::sqrt(1.0 / 3)));
}

TEST_CASE("Autocorrelation of neighbours") {
  CHECK(lag1_autocorrelation({}) == 0);
  const std::vector<double> equal = {2, 2, 2};
  CHECK(lag1_autocorrelation(equal) == 0);
  const std::vector<double> alternating = {1, -1, 1, -1};
  CHECK(lag1_autocorrelation(alternating) == Approx(-0.75));

  RandomStream stream(4);
  std::vector<double> independent;
  std::vector<double> correlated;
  double state = 0;
  for (int i = 0; i < 40000; ++i) {
    independent.push_back(about_normal(stream));
    state = 0.7 * state + about_normal(stream);
    correlated.push_back(state);
  }
  CHECK(std::abs(lag1_autocorrelation(independent)) < 4 / std::sqrt(40000));
  CHECK(std::abs(lag1_autocorrelation(correlated) - 0.7) < 4 * std::sqrt((1 - 0.49) / 40000));
}

TEST_CASE("A percentile needs a hundred samples above it") {
  CHECK(samples_needed_for_quantile(0) == 100);
  CHECK(samples_needed_for_quantile(0.5) == 200);
  CHECK(samples_needed_for_quantile(0.9) == 1000);
  CHECK(samples_needed_for_quantile(0.95) == 2000);
  CHECK(samples_needed_for_quantile(0.99) == 10000);
  CHECK(samples_needed_for_quantile(0.999) == 100000);
  CHECK(samples_needed_for_quantile(0.9999) == 1000000);
  CHECK(samples_needed_for_quantile(0.7) == 334);
}

}  // namespace
}  // namespace meshtwin
