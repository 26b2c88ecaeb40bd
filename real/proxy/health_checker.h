// Active health checks of the endpoints of one upstream, made once a process, whatever the number of workers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "real/net/event_loop.h"
#include "real/proxy/config.h"

namespace meshtwin {

class EndpointProbe;

// Each endpoint is asked once an interval, at a place in it that its number decides, so that checks don't
// come in bursts. An endpoint counts as healthy until checks say otherwise.
class HealthChecker {
 public:
  // `on_change` is called from the loop when an endpoint's health changed.
  HealthChecker(EventLoop& loop, const HealthProbeConfig& config, std::function<void()> on_change);
  ~HealthChecker();
  HealthChecker(const HealthChecker&) = delete;
  HealthChecker& operator=(const HealthChecker&) = delete;

  // Known ones, by name and address, keep their health and their place.
  void set_endpoints(const std::vector<EndpointConfig>& endpoints);
  // True for one that isn't checked.
  bool healthy(const EndpointConfig& endpoint) const;
  // Why the last check of an endpoint failed; empty where it passed or none was made.
  std::string problem(const EndpointConfig& endpoint) const;

 private:
  EndpointProbe* find(const EndpointConfig& endpoint) const;

  EventLoop& loop_;
  HealthProbeConfig config_;
  std::function<void()> on_change_;
  std::vector<std::unique_ptr<EndpointProbe>> probes_;
};

}  // namespace meshtwin
