#include "core/stats/confidence.h"

#include <boost/math/distributions/students_t.hpp>
#include <cassert>
#include <cmath>
#include <limits>

namespace meshtwin {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// `center` plus and minus the 97.5% quantile of t times the standard error, from the sum of `count` squares.
Interval t_interval95(double center, double sum_of_squares, std::size_t count) {
  if (count < 2) return {-kInfinity, kInfinity};
  const double n = static_cast<double>(count);
  const double standard_error = std::sqrt(sum_of_squares / (n - 1) / n);
  const double half_width = student_t_quantile(0.975, static_cast<int>(count - 1)) * standard_error;
  return {center - half_width, center + half_width};
}

Interval interval95(const RunningMoments& moments) {
  const double freedom = moments.count() == 0 ? 0 : static_cast<double>(moments.count() - 1);
  return t_interval95(moments.mean(), moments.variance() * freedom, moments.count());
}

}  // namespace

double student_t_quantile(double probability, int dof) {
  assert(probability > 0 && probability < 1 && dof >= 1);
  namespace math = boost::math;
  using math::policies::errno_on_error;
  // The default policy throws; the arguments that would make it are excluded above.
  using NoThrow = math::policies::policy<math::policies::domain_error<errno_on_error>,
                                         math::policies::overflow_error<errno_on_error>,
                                         math::policies::evaluation_error<errno_on_error>>;
  return math::quantile(math::students_t_distribution<double, NoThrow>(dof), probability);
}

Interval mean_interval95(std::span<const double> values) {
  RunningMoments moments;
  for (double value : values) moments.add(value);
  return interval95(moments);
}

Interval sectioned_interval95(double overall_estimate, std::span<const double> section_estimates) {
  double squares = 0;
  for (double estimate : section_estimates) {
    squares += (estimate - overall_estimate) * (estimate - overall_estimate);
  }
  return t_interval95(overall_estimate, squares, section_estimates.size());
}

Interval paired_difference_interval95(std::span<const double> a, std::span<const double> b) {
  assert(a.size() == b.size());
  RunningMoments differences;
  for (std::size_t i = 0; i < a.size(); ++i) differences.add(a[i] - b[i]);
  return interval95(differences);
}

double lag1_autocorrelation(std::span<const double> values) {
  RunningMoments moments;
  for (double value : values) moments.add(value);
  if (values.size() < 2 || !(moments.variance() > 0)) return 0;
  double products = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    products += (values[i - 1] - moments.mean()) * (values[i] - moments.mean());
  }
  return products / (moments.variance() * static_cast<double>(values.size() - 1));
}

std::uint64_t samples_needed_for_quantile(double q) {
  assert(q >= 0 && q < 1);
  // 1 - 0.9 is a little less than 0.1, and the result must still be 1,000.
  constexpr double kRoundingSlack = 1 - 1e-10;
  return static_cast<std::uint64_t>(std::ceil(100 / (1 - q) * kRoundingSlack));
}

}  // namespace meshtwin
