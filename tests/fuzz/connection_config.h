// What the proxy of a script is configured for, by the bits of the script's settings.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "real/proxy/config.h"
#include "tests/fuzz/connection_script.h"

namespace meshtwin {

inline bool ends_by_draining(Settings settings) { return (settings.what & 128) != 0; }
inline std::size_t endpoints_of(Settings settings) { return (settings.what & 4) != 0 ? 2 : 1; }
inline bool repeats_all(Settings settings) { return (settings.when & 32) != 0; }

inline ListenerConfig listener_config(Settings settings, const Address& address) {
  ListenerConfig config;
  config.name = "in";
  config.address = address;
  config.routes = {RouteConfig{"nowhere", "/", {}, "nowhere"}, RouteConfig{"", "/", {}, "shop"}};
  if ((settings.what & 16) != 0) config.head_bytes_max = 600;
  if ((settings.what & 32) != 0) {
    config.forwarded_for = ForwardedFor::set;
    config.call_report = true;
  }
  if ((settings.what & 64) != 0) config.connections_max = 2;
  return config;
}

// What depends on time: a deadline for each attempt, for each call, hedges, breakers.
inline void set_times(std::uint8_t when, PolicyConfig& policy) {
  using std::chrono::milliseconds;
  if ((when & 1) != 0) {
    policy.retry.per_try_timeout = milliseconds(50);
    policy.retry.on = policy.retry.on | RetryOn::timeout;
    policy.retry.backoff = ExponentialBackoff{};
  }
  if ((when & 2) != 0) policy.hedge = HedgeConfig{milliseconds(3), 2};
  if ((when & 4) != 0) policy.timeout = milliseconds(100);
  if ((when & 24) != 0) {
    using Scope = WindowBreakerConfig::Scope;
    policy.breaker = WindowBreakerConfig{std::chrono::seconds(10), 1, std::chrono::seconds(1), 1,
                                         (when & 16) != 0 ? Scope::service : Scope::endpoint};
  }
  if ((when & 32) != 0) policy.retry.methods = RetryMethods::all;
  if ((when & 64) != 0) {
    policy.limits.requests = 3;
    policy.limits.retries = 1;
    policy.retry.budget = WindowRetryBudget{};
  }
}

inline UpstreamConfig upstream_config(Settings settings) {
  UpstreamConfig config;
  config.name = "shop";
  config.seed = 1;
  config.policy.balancer = RoundRobinConfig{};
  if ((settings.what & 1) != 0) {
    config.policy.retry.max_attempts = 3;
    config.policy.retry.on = RetryOn::connect | RetryOn::reset | RetryOn::error_5xx;
    config.policy.retry.host = RetryHost::other;
  }
  if ((settings.what & 2) != 0) {
    config.policy.limits.connections = 1;
    config.policy.limits.pending = 3;
  }
  set_times(settings.when, config.policy);
  // All that the policy depends on.
  config.policy_sha256 = std::to_string(settings.what & 3) + " " + std::to_string(settings.when & 127);
  if ((settings.what & 8) != 0) config.idle_connections_max = 1;
  if ((settings.what & 32) != 0) config.attempt_header = true;
  if ((settings.when & 128) != 0) config.idle_timeout = std::chrono::seconds(1);
  return config;
}

inline ProxyConfigPtr proxy_config(Settings settings, const Address& address) {
  ProxyConfig config;
  config.listeners = {listener_config(settings, address)};
  config.upstreams = {upstream_config(settings)};
  return std::make_shared<const ProxyConfig>(std::move(config));
}

}  // namespace meshtwin
