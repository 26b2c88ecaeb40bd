// Distributions of durations: service times, latencies, think times. Samples are whole nanoseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/random/deterministic_math.h"
#include "core/random/stream.h"
#include "core/time.h"

namespace meshtwin {

// One of the kinds below, made by a factory and cheap to copy. The factories assert the ranges they name;
// whoever reads a file checks them first. A sample is rounded to the nearest nanosecond, is never negative,
// and is Duration::max() where it would be longer. The same stream state gives the same sample on every
// machine.
class Distribution {
 public:
  // A phase of a hyperexponential distribution: exponential with `mean` > 0, chosen with `probability`.
  struct Phase {
    double probability;
    Duration mean;
  };
  // `value` is the quantile for `probability`.
  struct Quantile {
    double probability;
    Duration value;
  };

  // Always zero.
  Distribution() = default;

  // Always `value` >= 0.
  static Distribution constant(Duration value);
  // Each nanosecond from `min` to `max`, both included, equally often; 0 <= min <= max.
  static Distribution uniform(Duration min, Duration max);
  // Memoryless; mean > 0.
  static Distribution exponential(Duration mean);
  // By the mean > 0 and the coefficient of variation (standard deviation / mean) >= 0 of the duration itself.
  static Distribution lognormal(Duration mean, double cv);
  // P(X > x) = (scale / x)^shape for x >= scale > 0. The shape is above 1, so that there is a mean.
  static Distribution pareto(Duration scale, double shape);
  // The same by its mean > 0: the scale is mean * (shape - 1) / shape.
  static Distribution pareto_with_mean(Duration mean, double shape);
  // Two phases with balanced means (p1 * mean1 = p2 * mean2); mean > 0, cv >= 1. See Tijms, "A First Course
  // in Stochastic Models", appendix B.
  static Distribution hyperexponential(Duration mean, double cv);
  // Any phases, at least one, with probabilities that are not negative and sum to 1 (to within 1e-9).
  static Distribution hyperexponential(const std::vector<Phase>& phases);
  // The sum of `phases` >= 1 exponential durations with `mean` > 0 in all.
  static Distribution erlang(std::uint32_t phases, Duration mean);
  // A measured distribution: straight lines between its quantiles. The first probability is 0, the last is 1;
  // neither probabilities nor values (>= 0) ever fall. A step in the values at one probability is a gap that
  // nothing falls into; equal values at two probabilities are an atom.
  static Distribution empirical(const std::vector<Quantile>& quantiles);

  Duration sample(RandomStream& stream) const {
    if (kind_ == Kind::kConstant) return low_;
    if (kind_ == Kind::kExponential) return rounded_duration(-ln(stream.unit_open()) * mean_);
    return sample_other(stream);
  }

  // The first sample of RandomStream(seed), for draws that depend on nothing but their own seed.
  Duration sample_once(std::uint64_t seed) const {
    if (kind_ == Kind::kConstant) return low_;
    if (kind_ == Kind::kExponential) return rounded_duration(-ln(RandomStream(seed).unit_open()) * mean_);
    RandomStream stream(seed);
    return sample_other(stream);
  }

  // The expected value, rounded to the nearest nanosecond.
  Duration mean() const { return rounded_duration(mean_); }
  // The squared coefficient of variation, variance / mean^2: 0 for a constant, 1 for the exponential,
  // infinite for a Pareto shape of at most 2.
  double cv2() const { return cv2_; }

 private:
  enum class Kind : std::uint8_t {
    kConstant,
    kUniform,
    kExponential,
    kLognormal,
    kPareto,
    kHyperexponential,
    kErlang,
    kEmpirical,
  };

  // A cumulative probability with the mean of its phase, or a probability with its quantile; in nanoseconds.
  struct Point {
    double probability;
    double value;
  };
  using Table = std::vector<Point>;

  Distribution(Kind kind, double mean, double cv2) : kind_(kind), mean_(mean), cv2_(cv2) {}

  static Distribution pareto_of_scale(double scale, double shape);

  Duration sample_other(RandomStream& stream) const;
  double sample_hyperexponential(RandomStream& stream) const;
  double sample_erlang(RandomStream& stream) const;
  double sample_empirical(RandomStream& stream) const;

  Kind kind_ = Kind::kConstant;
  std::uint32_t phases_ = 0;  // Erlang
  double mean_ = 0;           // of every kind, in nanoseconds
  double cv2_ = 0;            // of every kind
  Duration low_{0};           // constant: the value; uniform: the minimum
  std::uint64_t values_ = 0;  // uniform: how many values there are
  double first_ = 0;          // lognormal: mu; Pareto: the scale
  double second_ = 0;         // lognormal: sigma; Pareto: -1 / shape
  std::shared_ptr<const Table> table_;
};

}  // namespace meshtwin
