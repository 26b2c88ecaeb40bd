#include "sim/network/simgrid/host_assignment.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace meshtwin {
namespace {

using Hosts = std::vector<simgrid::s4u::Host*>;

Result<Hosts> named_hosts(const Placement& placement, const Platform& platform) {
  Hosts hosts;
  for (const std::string& name : placement.hosts) {
    const auto host = std::find_if(platform.hosts.begin(), platform.hosts.end(),
                                   [&](const auto* h) { return h->get_name() == name; });
    if (host != platform.hosts.end()) {
      hosts.push_back(*host);
      continue;
    }
    const auto zone = platform.zones.find(name);
    if (zone == platform.zones.end()) {
      return Error{
          fmt::format("$.network.placement.{}: there is no host or zone \"{}\" in {}; its hosts are {}{}",
                      placement.party, name, platform.file.empty() ? "the platform" : platform.file,
                      platform.hosts.front()->get_name(),
                      platform.hosts.size() > 1 ? " to " + platform.hosts.back()->get_name() : "")};
    }
    hosts.insert(hosts.end(), zone->second.begin(), zone->second.end());
  }
  if (!hosts.empty()) return hosts;
  return Error{
      fmt::format("$.network.placement.{}: it names no host; name one or leave it out", placement.party)};
}

}  // namespace

Result<HostAssignment> HostAssignment::make(const Scenario& scenario, const Platform& platform) {
  std::vector<std::pair<std::string, std::size_t>> parties;
  for (const ClientConfig& client : scenario.clients) parties.emplace_back(client.name, client.sidecars);
  for (const ServiceConfig& service : scenario.services)
    parties.emplace_back(service.name, service.instances);

  std::map<std::string, Hosts> placed;
  for (const Placement& placement : std::get<SimgridNetwork>(scenario.network).placement) {
    const auto party = std::find_if(parties.begin(), parties.end(),
                                    [&](const auto& p) { return p.first == placement.party; });
    if (party == parties.end()) {
      return Error{
          fmt::format("$.network.placement.{}: there is no client or service of this name", placement.party)};
    }
    Result<Hosts> hosts = named_hosts(placement, platform);
    if (!hosts) return hosts.error();
    placed[placement.party] = std::move(hosts).value();
  }

  HostAssignment out;
  std::map<Hosts, std::size_t>
      taken;  // of each round; only looked up, so the order of addresses is of no matter
  for (const auto& [party, count] : parties) {
    const auto own = placed.find(party);
    const Hosts& hosts = own == placed.end() ? platform.hosts : own->second;
    std::size_t& next = taken[hosts];
    out.parties_[party] = {hosts, next};
    next = (next + count) % hosts.size();
  }
  return out;
}

Hosts HostAssignment::hosts_of(const std::string& party, std::size_t count) const {
  const Round& round = parties_.at(party);
  Hosts hosts;
  for (std::uint32_t i = 0; i < std::min(count, round.hosts.size()); ++i) hosts.push_back(host(party, i));
  return hosts;
}

}  // namespace meshtwin
