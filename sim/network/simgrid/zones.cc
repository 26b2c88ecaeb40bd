// Inline zones: each a star of full-duplex links around its router; routes join routers.
#include <cmath>

#include <fmt/format.h>

#include "sim/network/simgrid/platform.h"

namespace meshtwin {
namespace {

namespace s4u = simgrid::s4u;

constexpr double kLoopbackBytesPerSecond = 10e9;  // SimGrid's own default
// SimGrid gives flows without any latency a weight that fits no other flow's.
constexpr double kLeastLatency = 1e-9;

Result<bool> check_link(const LinkConfig& link, const std::string& path) {
  if (!std::isfinite(link.bits_per_second) || link.bits_per_second <= 0) {
    return Error{fmt::format(
        "{}.bandwidth: {} bits per second isn't a bandwidth; give one above 0, such as \"10Gbps\"", path,
        link.bits_per_second)};
  }
  if (link.latency < Duration{}) {
    return Error{fmt::format("{}.latency: {} ns is negative; give a latency of 0 or more", path,
                             link.latency.count())};
  }
  return true;
}

Result<bool> check(const SimgridNetwork& network) {
  const std::string root = "$.network.platform";
  if (network.zones.empty()) return Error{root + ": there is no zone; add one, or give a platform file"};
  std::map<std::string, int> zones;
  for (const ZoneConfig& zone : network.zones) {
    const std::string path = fmt::format("{}.zones.{}", root, zone.name);
    if (++zones[zone.name] > 1) return Error{path + ": there are two zones of this name; rename one"};
    if (zone.hosts == 0) return Error{path + ".hosts: 0 hosts can't run anything; give at least 1"};
    const Result<bool> link = check_link(zone.link, path + ".link");
    if (!link) return link.error();
    const Result<bool> backbone = zone.backbone ? check_link(*zone.backbone, path + ".backbone") : true;
    if (!backbone) return backbone.error();
  }
  for (std::size_t i = 0; i < network.routes.size(); ++i) {
    const ZoneRoute& route = network.routes[i];
    const std::string path = fmt::format("{}.routes[{}]", root, i);
    for (const std::string& end : {route.from, route.to}) {
      if (!zones.contains(end)) return Error{fmt::format("{}: there is no zone \"{}\"", path, end)};
    }
    const Result<bool> link = check_link(route.link, path + ".link");
    if (!link) return link.error();
  }
  return true;
}

double latency_of(const LinkConfig& link) { return std::max(to_seconds(link.latency), kLeastLatency); }

s4u::LinkInRoute full_duplex(s4u::NetZone& zone, const std::string& name, const LinkConfig& config) {
  auto* link = zone.create_split_duplex_link(name, config.bits_per_second / 8);
  link->set_latency(latency_of(config));
  return {link, s4u::LinkInRoute::Direction::UP};
}

void add_hosts(s4u::NetZone& star, const ZoneConfig& zone, Platform& platform) {
  std::vector<s4u::LinkInRoute> backbone;
  if (zone.backbone) {
    auto* link = star.create_link(zone.name + "/backbone", zone.backbone->bits_per_second / 8);
    link->set_latency(latency_of(*zone.backbone));
    backbone.emplace_back(link);
  }
  auto* loopback = star.create_link(zone.name + "/loopback", kLoopbackBytesPerSecond);
  loopback->set_latency(0);
  loopback->set_sharing_policy(s4u::Link::SharingPolicy::FATPIPE);
  for (std::uint32_t i = 0; i < zone.hosts; ++i) {
    const std::string name = fmt::format("{}/{}", zone.name, i);
    auto* host = star.create_host(name, 1e9);  // nothing computes on it
    std::vector<s4u::LinkInRoute> up{full_duplex(star, name + "/link", zone.link)};
    up.insert(up.end(), backbone.begin(), backbone.end());
    star.add_route(host->get_netpoint(), nullptr, nullptr, nullptr, up, true);
    star.add_route(host->get_netpoint(), host->get_netpoint(), nullptr, nullptr, {s4u::LinkInRoute(loopback)},
                   false);
    platform.hosts.push_back(host);
    platform.zones[zone.name].push_back(host);
  }
}

}  // namespace

Result<bool> build_zones(const SimgridNetwork& network, Platform& platform) {
  const Result<bool> checked = check(network);
  if (!checked) return checked.error();
  // Zones without a route of their own are joined by the shortest way over others.
  auto* world = s4u::create_floyd_zone("world");
  std::map<std::string, std::pair<s4u::NetZone*, simgrid::kernel::routing::NetPoint*>> stars;
  for (const ZoneConfig& zone : network.zones) {
    auto* star = s4u::create_star_zone(zone.name);
    star->set_parent(world);
    auto* router = star->create_router(zone.name + "/router");
    star->add_route(router, nullptr, nullptr, nullptr, {}, true);
    add_hosts(*star, zone, platform);
    stars[zone.name] = {star, router};
  }
  for (std::size_t i = 0; i < network.routes.size(); ++i) {
    const ZoneRoute& route = network.routes[i];
    const auto& [from, from_router] = stars[route.from];
    const auto& [to, to_router] = stars[route.to];
    world->add_route(from->get_netpoint(), to->get_netpoint(), from_router, to_router,
                     {full_duplex(*world, fmt::format("route/{}", i), route.link)}, true);
  }
  return true;
}

}  // namespace meshtwin
