// What the proxy of a script is configured for, by the bits of the script's first byte.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "real/proxy/config.h"

namespace meshtwin {

// Time is left alone: nothing may depend on how fast a run is.
inline constexpr Duration kNotInThisRun = std::chrono::hours(1);

inline bool ends_by_draining(std::uint8_t settings) { return (settings & 128) != 0; }
inline std::size_t endpoints_of(std::uint8_t settings) { return (settings & 4) != 0 ? 2 : 1; }

inline ListenerConfig listener_config(std::uint8_t settings, const Address& address) {
  ListenerConfig config;
  config.name = "in";
  config.address = address;
  config.routes = {RouteConfig{"nowhere", "/", {}, "nowhere"}, RouteConfig{"", "/", {}, "shop"}};
  config.head_timeout = config.idle_timeout = config.body_timeout = kNotInThisRun;
  if ((settings & 16) != 0) config.head_bytes_max = 600;
  if ((settings & 32) != 0) {
    config.forwarded_for = ForwardedFor::set;
    config.call_report = true;
  }
  if ((settings & 64) != 0) config.connections_max = 2;
  return config;
}

inline UpstreamConfig upstream_config(std::uint8_t settings) {
  UpstreamConfig config;
  config.name = "shop";
  config.seed = 1;
  config.connect_timeout = config.idle_timeout = kNotInThisRun;
  config.policy.balancer = RoundRobinConfig{};
  if ((settings & 1) != 0) {
    config.policy.retry.max_attempts = 3;
    config.policy.retry.on = RetryOn::connect | RetryOn::reset | RetryOn::error_5xx;
    config.policy.retry.host = RetryHost::other;
  }
  if ((settings & 2) != 0) {
    config.policy.limits.connections = 1;
    config.policy.limits.pending = 3;
  }
  config.policy_sha256 = std::to_string(settings & 3);  // all that the policy depends on
  if ((settings & 8) != 0) config.idle_connections_max = 1;
  if ((settings & 32) != 0) config.attempt_header = true;
  return config;
}

inline ProxyConfigPtr proxy_config(std::uint8_t settings, const Address& address) {
  ProxyConfig config;
  config.listeners = {listener_config(settings, address)};
  config.upstreams = {upstream_config(settings)};
  return std::make_shared<const ProxyConfig>(std::move(config));
}

}  // namespace meshtwin
