#include "real/proxy/upstream_supply.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "real/proxy/config_json.h"

namespace meshtwin {
namespace {

std::string source_of(const UpstreamConfig& config) {
  return discovery_json(config).dump() + health_check_json(config).dump();
}

}  // namespace

UpstreamSupply::UpstreamSupply(EventLoop& loop, const UpstreamConfig& config, DnsClient& dns, Events events)
    : source_(source_of(config)), events_(std::move(events)) {
  if (config.health_check) {
    checker_ = std::make_unique<HealthChecker>(loop, *config.health_check,
                                               [this] { events_.on_endpoints(this->endpoints()); });
  }
  discovery_ = make_discovery(
      loop, config, dns,
      {[this](std::vector<EndpointConfig> endpoints) { take(std::move(endpoints)); }, events_.on_problem});
}

bool UpstreamSupply::serves(const UpstreamConfig& config) const { return source_ == source_of(config); }

void UpstreamSupply::take(std::vector<EndpointConfig> endpoints) {
  known_ = true;
  endpoints_ = std::move(endpoints);
  if (checker_) checker_->set_endpoints(endpoints_);
  events_.on_endpoints(this->endpoints());
}

EndpointList UpstreamSupply::endpoints() const {
  EndpointList out;
  for (const EndpointConfig& endpoint : endpoints_) {
    out.push_back({endpoint, !checker_ || checker_->healthy(endpoint)});
  }
  return out;
}

std::string UpstreamSupply::health_problem(const EndpointConfig& endpoint) const {
  return checker_ ? checker_->problem(endpoint) : "";
}

}  // namespace meshtwin
