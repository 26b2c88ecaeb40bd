// The endpoints of one upstream as the workers are to know them: discovered, and checked for health.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "real/proxy/discovery.h"
#include "real/proxy/health_checker.h"
#include "real/proxy/worker.h"

namespace meshtwin {

class UpstreamSupply {
 public:
  struct Events {
    std::function<void(const EndpointList&)> on_endpoints;  // who they are, or whether they are well, changed
    std::function<void(const std::string&)> on_problem;     // a line for whoever operates the proxy
  };

  UpstreamSupply(EventLoop& loop, const UpstreamConfig& config, DnsClient& dns, Events events);

  void start() { discovery_->start(); }
  // Whether it does what `config` asks for, so that it can go on through a reload.
  bool serves(const UpstreamConfig& config) const;

  bool known() const { return known_; }
  EndpointList endpoints() const;
  const DiscoveryStatus& discovery() const { return discovery_->status(); }
  std::string health_problem(const EndpointConfig& endpoint) const;

 private:
  void take(std::vector<EndpointConfig> endpoints);

  std::string source_;  // of endpoints and health, to be compared
  Events events_;
  std::vector<EndpointConfig> endpoints_;
  bool known_ = false;
  std::unique_ptr<HealthChecker> checker_;
  std::unique_ptr<Discovery> discovery_;
};

}  // namespace meshtwin
