// How an instance's speed changes by itself, the same in both worlds.
#pragma once

#include <cstdint>
#include <optional>

#include "core/config/scenario.h"
#include "core/random/stream.h"
#include "core/time.h"

namespace meshtwin {

// The service time of a request that begins at `now` at an instance with this fluctuation_seed.
inline Duration fluctuating(const std::optional<FluctuationConfig>& config, std::uint64_t seed, Time now,
                            Duration time) {
  if (!config) return time;
  const auto stretch = static_cast<std::uint64_t>(now.time_since_epoch() / config->every);
  if (!RandomStream(mix(seed, stretch)).bernoulli(config->probability)) return time;
  return rounded_duration(static_cast<double>(time.count()) * config->factor);
}

}  // namespace meshtwin
