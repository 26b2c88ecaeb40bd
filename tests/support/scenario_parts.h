// Small scenarios for tests, put together in a line or two.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/config/scenario.h"
#include "core/time.h"

namespace meshtwin {

inline constexpr Duration kMillisecond = std::chrono::milliseconds(1);

inline Time at_ms(double milliseconds) {
  return Time(Duration(static_cast<Duration::rep>(milliseconds * 1e6 + 0.5)));
}

inline ServiceConfig make_service(std::string name, std::uint32_t instances, const Distribution& time) {
  ServiceConfig service;
  service.name = std::move(name);
  service.instances = instances;
  service.service_time = time;
  return service;
}

inline ServiceConfig constant_service(std::string name, double milliseconds, std::uint32_t instances = 1) {
  return make_service(std::move(name), instances,
                      Distribution::constant(at_ms(milliseconds).time_since_epoch()));
}

inline ClientConfig make_client(std::string name, std::uint32_t service, ArrivalConfig arrivals) {
  ClientConfig client;
  client.name = std::move(name);
  client.service = service;
  client.arrivals = std::move(arrivals);
  return client;
}

// Calls at the given milliseconds.
inline ClientConfig trace_client(const std::vector<double>& milliseconds, std::uint32_t service = 0,
                                 std::string name = "client") {
  TraceArrivals trace;
  for (const double t : milliseconds) trace.times.push_back(at_ms(t));
  return make_client(std::move(name), service, std::move(trace));
}

// Policies are the defaults: round robin, no timeout, no retries. The network takes no time.
inline Scenario make_scenario(std::vector<ServiceConfig> services, std::vector<ClientConfig> clients,
                              Duration duration = std::chrono::seconds(1)) {
  Scenario scenario;
  scenario.services = std::move(services);
  scenario.clients = std::move(clients);
  scenario.policies.resize(scenario.services.size());
  for (ServicePolicy& policy : scenario.policies) policy.config.balancer = RoundRobinConfig{};
  scenario.duration = duration;
  return scenario;
}

inline FaultConfig make_fault(double at, std::optional<double> lasts, FaultKind kind,
                              std::uint32_t service = 0, std::optional<std::uint32_t> instance = {}) {
  FaultConfig fault;
  fault.at = at_ms(at);
  if (lasts) fault.lasts = at_ms(*lasts).time_since_epoch();
  fault.service = service;
  fault.instance = instance;
  fault.kind = std::move(kind);
  return fault;
}

}  // namespace meshtwin
