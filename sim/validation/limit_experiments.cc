// Section 2: concurrency limits and bounded queues.
#include <fmt/format.h>

#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

constexpr const char* kSection = "2 limits";

Check loss(double reference, std::string source) {
  return {"share of requests turned away", std::move(source), ReferenceKind::exact, reference, 0, share_failed};
}

Experiment no_queue(std::uint32_t workers, double offered, double reference, const char* name,
                    const Distribution& time) {
  ServiceConfig service = servers(1, workers, time);
  service.queue = 0;
  return {kSection,
          fmt::format("M/G/{0}/{0}, {1:g} erlang, {2} service", workers, offered, name),
          station(service, {offered / workers, 1e6}, RandomConfig{}),
          20,
          true,
          {loss(reference, "exact: Erlang B, whatever the distribution")}};
}

Experiment bounded_queue(double rho, double reference) {
  constexpr std::uint32_t kPlaces = 10;
  ServiceConfig service = servers(1, 1);
  service.queue = kPlaces - 1;
  return {kSection,
          fmt::format("M/M/1/{}, load {:g}", kPlaces, rho),
          station(service, {rho, 2e6}, RandomConfig{}),
          20,
          true,
          {loss(reference, "exact: (1 - rho) rho^K / (1 - rho^(K+1))")}};
}

// The same station, with the places in the limits of its own sidecar.
Experiment inbound_limits(double rho, double reference) {
  constexpr std::uint32_t kPlaces = 10;
  ServiceConfig service = servers(1, 1);
  service.inbound.emplace();
  service.inbound->limits.connections = 1;
  service.inbound->limits.pending = kPlaces - 1;
  return {kSection,
          fmt::format("M/M/1/{} by inbound limits, load {:g}", kPlaces, rho),
          station(service, {rho, 2e6}, RandomConfig{}),
          20,
          true,
          {loss(reference, "exact: (1 - rho) rho^K / (1 - rho^(K+1))")}};
}

}  // namespace

std::vector<Experiment> limit_experiments() {
  const Distribution exponential = Distribution::exponential(kMeanService);
  return {no_queue(10, 8, .121661, "exponential", exponential),
          no_queue(10, 10, .214582, "lognormal", Distribution::lognormal(kMeanService, 2)),
          no_queue(100, 90, .026957, "exponential", exponential),
          no_queue(100, 100, .075700, "constant", Distribution::constant(kMeanService)),
          bounded_queue(.8, .023493),
          bounded_queue(.9, .050814),
          bounded_queue(1.2, .192586),
          inbound_limits(.9, .050814)};
}

}  // namespace meshtwin
