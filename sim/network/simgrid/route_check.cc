#include "sim/network/simgrid/route_check.h"

#include <exception>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace meshtwin {
namespace {

namespace s4u = simgrid::s4u;

constexpr std::size_t kMostPairs = 20'000;

struct Party {
  std::string name;
  std::vector<s4u::Host*> hosts;
};

class RouteCheck {
 public:
  explicit RouteCheck(const Platform& platform) : platform_(platform) {}

  Result<bool> check(const Party& caller, const Party& service) {
    for (s4u::Host* a : caller.hosts) {
      for (s4u::Host* b : service.hosts) {
        if (seen_.size() >= kMostPairs) return true;
        if (!seen_.emplace(a, b).second) continue;
        const Result<bool> there = check(caller, a, service, b);
        if (!there) return there.error();
        const Result<bool> back = check(service, b, caller, a);
        if (!back) return back.error();
      }
    }
    return true;
  }

 private:
  Result<bool> check(const Party& from, s4u::Host* a, const Party& to, s4u::Host* b) const {
    std::string why;
    try {
      std::vector<s4u::Link*> links;
      double latency = 0;
      a->route_to(b, links, &latency);
      if (!links.empty() || latency > 0) return true;
    } catch (const std::exception& problem) {
      why = fmt::format(" ({})", problem.what());
    }
    return Error{
        fmt::format("$.network.platform: {}{}there is no route from host {}, where {} is, to host {}, where "
                    "{} is{}; add one",
                    platform_.file, platform_.file.empty() ? "" : ": ", a->get_name(), from.name,
                    b->get_name(), to.name, why)};
  }

  const Platform& platform_;
  std::set<std::pair<s4u::Host*, s4u::Host*>> seen_;
};

}  // namespace

Result<bool> check_routes(const Scenario& scenario, const Platform& platform,
                          const HostAssignment& assignment) {
  std::vector<std::size_t> instances;
  for (const ServiceConfig& service : scenario.services) instances.push_back(service.instances);
  for (const MembershipChange& change : scenario.changes) instances[change.service] += change.join;
  std::vector<Party> services;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    const std::string& name = scenario.services[i].name;
    services.push_back({name, assignment.hosts_of(name, instances[i])});
  }
  RouteCheck routes(platform);
  for (const ClientConfig& client : scenario.clients) {
    const Party caller{client.name, assignment.hosts_of(client.name, client.sidecars)};
    const Result<bool> checked = routes.check(caller, services[client.service]);
    if (!checked) return checked;
  }
  for (std::size_t i = 0; i < services.size(); ++i) {
    for (const DownstreamCall& call : scenario.services[i].calls) {
      const Result<bool> checked = routes.check(services[i], services[call.service]);
      if (!checked) return checked;
    }
  }
  return true;
}

}  // namespace meshtwin
