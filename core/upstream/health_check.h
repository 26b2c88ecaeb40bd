// The active health checks of one endpoint: results in, a verdict that doesn't flap out.
#pragma once

#include <cassert>
#include <cstdint>

namespace meshtwin {

struct HealthCheckConfig {
  std::uint32_t healthy_threshold = 2;    // good results in a row that make it healthy; at least 1
  std::uint32_t unhealthy_threshold = 3;  // bad results in a row that make it unhealthy; at least 1
  bool initially_healthy = true;
};

// The driver makes the checks, at its times and over its sockets, and tells how each of them went.
class HealthCheck {
 public:
  explicit HealthCheck(const HealthCheckConfig& config)
      : config_(config), healthy_(config.initially_healthy) {
    assert(config.healthy_threshold >= 1 && config.unhealthy_threshold >= 1);
  }

  bool healthy() const { return healthy_; }
  // Results in a row that speak against healthy(); one that speaks for it takes the count back to 0.
  std::uint32_t against() const { return against_; }

  // Whether healthy() has changed.
  bool on_result(bool ok) {
    if (ok == healthy_) {
      against_ = 0;
      return false;
    }
    if (++against_ < (healthy_ ? config_.unhealthy_threshold : config_.healthy_threshold)) return false;
    healthy_ = ok;
    against_ = 0;
    return true;
  }

 private:
  HealthCheckConfig config_;
  bool healthy_;
  std::uint32_t against_ = 0;
};

}  // namespace meshtwin
