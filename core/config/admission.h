// What keeps calls from being made, or sheds them while they wait. Every field has its default here.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "core/time.h"

namespace meshtwin {

// At most `rate` calls a second, and `burst` of them at once after a pause. Others end as `throttled`.
struct RateLimitConfig {
  double rate = 0;   // above 0
  double burst = 1;  // at least 1
};
// The client rejects calls itself with probability max(0, (requests - multiplier * accepts) / (requests + 1)), counted
// over the last `window`.
struct AdaptiveThrottlingConfig {
  double multiplier = 2;  // at least 1
  Duration window = std::chrono::minutes(2);
};

// Calls not finished yet are at most so many as latency allows.
struct GradientLimitConfig {
  std::uint32_t min_limit = 10;     // also while the least latency is measured; at least 1
  std::uint32_t max_limit = 1000;   // at least min_limit
  double buffer = 0.25;             // share by which latencies may lie above the least one; 0 to 100
  double percentile = 50;           // of latencies, above 0, below 100
  Duration sample_window = std::chrono::milliseconds(100);  // at least 1 ms
  Duration measure_interval = std::chrono::seconds(60);     // between measurements of the least latency
  std::uint32_t measure_requests = 50;                      // for each of them; at least 1
};
// Calls not finished yet are at most so many that they don't fail: one more a round, a part less after a failure.
struct AimdLimitConfig {
  std::uint32_t min_limit = 10;
  std::uint32_t max_limit = 1000;
  std::uint32_t initial_limit = 20;  // min_limit to max_limit
  double decrease = 0.9;             // times the limit, above 0, below 1
  std::optional<Duration> max_latency = std::nullopt;  // longer calls count as failures
};
using AdaptiveConcurrencyConfig = std::variant<GradientLimitConfig, AimdLimitConfig>;

// Of those that wait for a place of limits.connections.
struct CoDelConfig {
  Duration target = std::chrono::milliseconds(5);      // a wait that may last, above 0
  Duration interval = std::chrono::milliseconds(100);  // for so long; above target
};
// Of new calls, by their urgency, while those that get a place have waited for too long.
struct PrioritySheddingConfig {
  Duration max_wait = std::chrono::milliseconds(20);  // in the mean over `window`, above 0
  Duration window = std::chrono::seconds(1);          // at least 10 ms
  double decrease = 0.05;                             // of the calls let in, for a window with longer waits; to 1
  double increase = 0.01;                             // for one without; to 1, both above 0
};

// In this order.
struct AdmissionConfig {
  std::optional<RateLimitConfig> rate_limit = std::nullopt;
  std::optional<AdaptiveThrottlingConfig> adaptive_throttling = std::nullopt;
  std::optional<AdaptiveConcurrencyConfig> adaptive_concurrency = std::nullopt;
  std::optional<PrioritySheddingConfig> priority_shedding = std::nullopt;
  std::optional<CoDelConfig> codel = std::nullopt;
};

}  // namespace meshtwin
