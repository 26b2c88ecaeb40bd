// How far an estimate can be trusted: confidence intervals for means, differences and percentiles.
#pragma once

#include <cstdint>
#include <span>

namespace meshtwin {

// A 95% confidence interval, ends included. Without enough data to say anything both ends are infinite.
struct Interval {
  double low;
  double high;

  constexpr bool contains(double value) const { return low <= value && value <= high; }
  constexpr double half_width() const { return (high - low) / 2; }
};

// Mean and variance of numbers as they come, without cancellation (Welford, Technometrics 1962).
class RunningMoments {
 public:
  void add(double value) {
    ++count_;
    const double before = value - mean_;
    mean_ += before / static_cast<double>(count_);
    squares_ += before * (value - mean_);
  }

  std::uint64_t count() const { return count_; }
  // Zero without numbers.
  double mean() const { return mean_; }
  // The unbiased sample variance; zero with fewer than two numbers.
  double variance() const { return count_ < 2 ? 0 : squares_ / static_cast<double>(count_ - 1); }

 private:
  std::uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

// The value that Student's t with `dof` >= 1 degrees of freedom stays below with `probability` in (0, 1).
double student_t_quantile(double probability, int dof);

// For the mean behind independent, about normal numbers: replications or long batches. Needs two.
Interval mean_interval95(std::span<const double> values);

// For a quantity that is biased when estimated from little data, such as a percentile: `overall_estimate`
// comes from all data, the others from equal sections of it. The interval is centred on the overall estimate
// and takes its width from the sections' deviations from it (sectioning: Asmussen, Glynn, "Stochastic
// Simulation", 2007, III.5; Nakayama, ACM TOMACS 2014). Needs two sections.
Interval sectioned_interval95(double overall_estimate, std::span<const double> section_estimates);

// For the mean of a[i] - b[i], with pairs that share their random numbers. The spans are equally long.
Interval paired_difference_interval95(std::span<const double> a, std::span<const double> b);

// Correlation of neighbours in a series, in [-1, 1]; batches are long enough when it is near 0. Zero for
// fewer than two numbers or when all are equal.
double lag1_autocorrelation(std::span<const double> values);

// The least number of samples for which about 100 lie above the quantile `q` in [0, 1): 100 / (1 - q). The
// count above it then varies by 10% (Poisson, 1 / sqrt(100)). For an exponential tail the quantile varies by
// 0.1 of the tail's mean: 2% for p99, 1.4% for p99.9. With a tenth of the samples three times that; hence the
// rule.
std::uint64_t samples_needed_for_quantile(double q);

}  // namespace meshtwin
