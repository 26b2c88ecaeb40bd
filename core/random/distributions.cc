#include "core/random/distributions.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace meshtwin {
namespace {

double nanoseconds_of(Duration duration) { return static_cast<double>(duration.count()); }

// A standard normal deviate by Marsaglia's polar method (SIAM Review, 1964), which needs no sine. Its twin is
// dropped, so that a sample depends on the state of the stream alone.
double standard_normal(RandomStream& stream) {
  for (;;) {
    const double x = 2 * stream.unit() - 1;
    const double y = 2 * stream.unit() - 1;
    const double radius2 = x * x + y * y;
    if (radius2 < 1 && radius2 > 0) return x * std::sqrt(-2 * ln(radius2) / radius2);
  }
}

}  // namespace

Distribution Distribution::constant(Duration value) {
  assert(value.count() >= 0);
  Distribution result(Kind::kConstant, nanoseconds_of(value), 0);
  result.low_ = value;
  return result;
}

Distribution Distribution::uniform(Duration min, Duration max) {
  assert(min.count() >= 0 && min <= max);
  const double mean = nanoseconds_of(min) / 2 + nanoseconds_of(max) / 2;
  const auto values = static_cast<std::uint64_t>((max - min).count()) + 1;
  const double count = static_cast<double>(values);
  const double variance = (count - 1) * (count + 1) / 12;
  Distribution result(Kind::kUniform, mean, mean > 0 ? variance / (mean * mean) : 0);
  result.low_ = min;
  result.values_ = values;
  return result;
}

Distribution Distribution::exponential(Duration mean) {
  assert(mean.count() > 0);
  return Distribution(Kind::kExponential, nanoseconds_of(mean), 1);
}

Distribution Distribution::lognormal(Duration mean, double cv) {
  assert(mean.count() > 0 && cv >= 0 && cv < std::numeric_limits<double>::infinity());
  if (cv == 0) return constant(mean);
  Distribution result(Kind::kLognormal, nanoseconds_of(mean), cv * cv);
  const double variance_of_log = ln(1 + cv * cv);
  result.first_ = ln(nanoseconds_of(mean)) - variance_of_log / 2;
  result.second_ = std::sqrt(variance_of_log);
  return result;
}

Distribution Distribution::pareto(Duration scale, double shape) {
  assert(scale.count() > 0 && shape > 1);
  return pareto_of_scale(nanoseconds_of(scale), shape);
}

Distribution Distribution::pareto_with_mean(Duration mean, double shape) {
  assert(mean.count() > 0 && shape > 1);
  return pareto_of_scale(nanoseconds_of(mean) * ((shape - 1) / shape), shape);
}

Distribution Distribution::pareto_of_scale(double scale, double shape) {
  const double cv2 = shape > 2 ? 1 / (shape * (shape - 2)) : std::numeric_limits<double>::infinity();
  Distribution result(Kind::kPareto, scale * (shape / (shape - 1)), cv2);
  result.first_ = scale;
  result.second_ = -1 / shape;
  return result;
}

Distribution Distribution::hyperexponential(Duration mean, double cv) {
  assert(mean.count() > 0 && cv >= 1 && cv < std::numeric_limits<double>::infinity());
  const double cv2 = cv * cv;
  const double likely = (1 + std::sqrt((cv2 - 1) / (cv2 + 1))) / 2;
  // 1 - likely, without the cancellation that a large cv would suffer.
  const double unlikely = 1 / ((cv2 + 1) * 2 * likely);
  const double half_mean = nanoseconds_of(mean) / 2;
  Distribution result(Kind::kHyperexponential, nanoseconds_of(mean), cv2);
  // The unlikely phase comes first, since a cumulative probability next to 0 is finer than one next to 1.
  result.table_ =
      std::make_shared<const Table>(Table{{unlikely, half_mean / unlikely}, {1, half_mean / likely}});
  return result;
}

Distribution Distribution::hyperexponential(const std::vector<Phase>& phases) {
  assert(!phases.empty());
  Table table;
  double cumulative = 0;
  double mean = 0;
  double second_moment = 0;
  for (const Phase& phase : phases) {
    assert(phase.probability >= 0 && phase.mean.count() > 0);
    const double phase_mean = nanoseconds_of(phase.mean);
    cumulative += phase.probability;
    mean += phase.probability * phase_mean;
    second_moment += 2 * phase.probability * phase_mean * phase_mean;
    table.push_back({cumulative, phase_mean});
  }
  assert(std::abs(cumulative - 1) < 1e-9);
  Distribution result(Kind::kHyperexponential, mean, second_moment / (mean * mean) - 1);
  result.table_ = std::make_shared<const Table>(std::move(table));
  return result;
}

Distribution Distribution::erlang(std::uint32_t phases, Duration mean) {
  assert(phases >= 1 && mean.count() > 0);
  Distribution result(Kind::kErlang, nanoseconds_of(mean), 1.0 / phases);
  result.phases_ = phases;
  return result;
}

Distribution Distribution::empirical(const std::vector<Quantile>& quantiles) {
  assert(quantiles.size() >= 2);
  assert(quantiles.front().probability == 0 && quantiles.back().probability == 1);
  assert(quantiles.front().value.count() >= 0);
  Table table{{0, nanoseconds_of(quantiles.front().value)}};
  double mean = 0;
  double second_moment = 0;
  for (std::size_t i = 1; i < quantiles.size(); ++i) {
    assert(quantiles[i].probability >= quantiles[i - 1].probability);
    assert(quantiles[i].value >= quantiles[i - 1].value);
    const double width = quantiles[i].probability - quantiles[i - 1].probability;
    const double from = table.back().value;
    const double to = nanoseconds_of(quantiles[i].value);
    mean += width * (from + to) / 2;
    second_moment += width * (from * from + from * to + to * to) / 3;
    table.push_back({quantiles[i].probability, to});
  }
  const double cv2 = mean > 0 ? std::max(0.0, second_moment / (mean * mean) - 1) : 0;
  Distribution result(Kind::kEmpirical, mean, cv2);
  result.table_ = std::make_shared<const Table>(std::move(table));
  return result;
}

Duration Distribution::sample_other(RandomStream& stream) const {
  switch (kind_) {
    case Kind::kUniform:
      return low_ + Duration{static_cast<std::int64_t>(stream.below(values_))};
    case Kind::kLognormal:
      return rounded_duration(exp(first_ + second_ * standard_normal(stream)));
    case Kind::kPareto:
      return rounded_duration(first_ * exp(second_ * ln(stream.unit_open())));
    case Kind::kHyperexponential:
      return rounded_duration(sample_hyperexponential(stream));
    case Kind::kErlang:
      return rounded_duration(sample_erlang(stream));
    case Kind::kEmpirical:
      return rounded_duration(sample_empirical(stream));
    case Kind::kConstant:
    case Kind::kExponential:
      break;
  }
  assert(false && "sample() handles these kinds itself");
  return low_;
}

double Distribution::sample_hyperexponential(RandomStream& stream) const {
  const double chosen = stream.unit();
  // Rounding may leave the last cumulative probability below 1, so the last phase takes whatever is left.
  std::size_t phase = 0;
  while (phase + 1 < table_->size() && chosen >= (*table_)[phase].probability) ++phase;
  return -ln(stream.unit_open()) * (*table_)[phase].value;
}

double Distribution::sample_erlang(RandomStream& stream) const {
  // One logarithm serves several phases: a product of 16 numbers >= 2^-53 can't underflow.
  constexpr std::uint32_t kPhasesAtOnce = 16;
  double sum = 0;
  for (std::uint32_t left = phases_; left > 0;) {
    const std::uint32_t now = std::min(left, kPhasesAtOnce);
    double product = 1;
    for (std::uint32_t i = 0; i < now; ++i) product *= stream.unit_open();
    sum -= ln(product);
    left -= now;
  }
  return sum * (mean_ / phases_);
}

double Distribution::sample_empirical(RandomStream& stream) const {
  const double chosen = stream.unit();
  // The first probability is 0 and the last is 1, so both neighbours exist and differ.
  const auto above = std::upper_bound(table_->begin(), table_->end(), chosen,
                                      [](double p, const Point& point) { return p < point.probability; });
  const Point& from = *(above - 1);
  const double fraction = (chosen - from.probability) / (above->probability - from.probability);
  return from.value + fraction * (above->value - from.value);
}

}  // namespace meshtwin
