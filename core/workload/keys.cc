#include "core/workload/keys.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/random/deterministic_math.h"

namespace meshtwin {

KeySampler::KeySampler(const KeysConfig& config) : config_(config) {
  assert(config.count >= 1 && config.zipf >= 0);
  // Nearer to 1, the closed form of other exponents loses more digits than the difference makes.
  logarithmic_ = std::fabs(config.zipf - 1) < 1e-8;
  first_ = integral(1.5) - 1;
  last_ = integral(static_cast<double>(config.count) + 0.5);
  accepted_ = 2 - inverse(integral(2.5) - density(2));
}

std::uint64_t KeySampler::sample(RandomStream& random) const {
  if (config_.zipf == 0) return 1 + random.below(config_.count);
  while (true) {
    const double area = last_ + random.unit() * (first_ - last_);
    const double x = inverse(area);
    const double k = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(config_.count));
    if (k - x <= accepted_ || area >= integral(k + 0.5) - density(k)) return static_cast<std::uint64_t>(k);
  }
}

double KeySampler::integral(double x) const {
  if (logarithmic_) return meshtwin::ln(x);
  const double power = 1 - config_.zipf;
  return (meshtwin::pow(x, power) - 1) / power;
}

double KeySampler::inverse(double area) const {
  if (logarithmic_) return meshtwin::exp(area);
  const double power = 1 - config_.zipf;
  return meshtwin::pow(std::fmax(area * power + 1, 0x1p-1000), 1 / power);
}

double KeySampler::density(double x) const { return meshtwin::pow(x, -config_.zipf); }

}  // namespace meshtwin
