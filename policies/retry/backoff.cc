#include "policies/retry/backoff.h"

#include <cassert>

namespace meshtwin {

Duration ExponentialBackoffPolicy::delay(std::uint32_t number, RandomStream& random) const {
  assert(number >= 1);
  Duration bound = config_.base;
  for (std::uint32_t n = 1; n < number && bound < config_.max; ++n) {
    bound = bound > config_.max / 2 ? config_.max : bound * 2;
  }
  if (bound > config_.max) bound = config_.max;
  if (config_.jitter == ExponentialBackoff::Jitter::none || bound <= Duration::zero()) return bound;
  return Duration(static_cast<Duration::rep>(random.below(static_cast<std::uint64_t>(bound.count()))));
}

}  // namespace meshtwin
