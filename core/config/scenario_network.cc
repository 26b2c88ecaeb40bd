// The network: native delays, or a SimGrid platform and who runs where on it.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/config/scenario_readers.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

constexpr double kMaxFactor = 1000;

LinkConfig read_link(const Value& value) {
  LinkConfig out;
  ObjectReader object(value, "link");
  if (const auto bandwidth = object.require("bandwidth", "\"10Gbps\""))
    out.bits_per_second = bandwidth->bit_rate();
  if (const auto latency = object.find("latency")) out.latency = latency->duration();
  object.finish();
  return out;
}

ZoneConfig read_zone(const std::string& name, const Value& value) {
  ZoneConfig out;
  check_name(name, value);
  out.name = name;
  ObjectReader object(value, "zone");
  if (const auto hosts = object.find("hosts")) out.hosts = hosts->count(1, kMaxInstances);
  if (const auto link = object.require("link", R"({"bandwidth": "10Gbps", "latency": "50us"})")) {
    out.link = read_link(*link);
  }
  if (const auto backbone = object.find("backbone")) out.backbone = read_link(*backbone);
  object.finish();
  return out;
}

std::string read_route_end(const Value& value, const SimgridNetwork& network) {
  const std::string name = value.text();
  std::vector<std::string> zones;
  for (const ZoneConfig& zone : network.zones) zones.push_back(zone.name);
  if (!value.diagnostics().failed() && std::find(zones.begin(), zones.end(), name) == zones.end()) {
    value.fail(no_such("zone", name, zones));
  }
  return name;
}

void read_routes(const Value& value, SimgridNetwork& network) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const Value& item : value.items()) {
    ZoneRoute route;
    ObjectReader object(item, "route");
    if (const auto from = object.require("from", "\"zone-a\"")) route.from = read_route_end(*from, network);
    if (const auto to = object.require("to", "\"zone-b\"")) route.to = read_route_end(*to, network);
    if (const auto link = object.require("link", R"({"bandwidth": "1Gbps", "latency": "1ms"})")) {
      route.link = read_link(*link);
    }
    object.finish();
    if (item.diagnostics().failed()) return;
    if (route.from == route.to)
      item.fail(fmt::format("the route leads from {0} to {0}; join two zones", route.from));
    if (!seen.insert(std::minmax(route.from, route.to)).second) {
      item.fail(fmt::format("there are two routes between {} and {}; one counts for both directions",
                            route.from, route.to));
    }
    network.routes.push_back(std::move(route));
  }
}

void read_platform(const Value& value, const ScenarioFiles& files, SimgridNetwork& network) {
  if (value.is_text()) {
    network.platform_file = value.text();
    const Result<std::string> text = files.load(network.platform_file);
    if (!text) {
      value.fail(fmt::format("{} can't be read: {}; give a path from the scenario's folder",
                             in_quotes(network.platform_file), text.error().message));
    }
    return;
  }
  ObjectReader object(value, "platform");
  const auto zones = object.require("zones", R"({"dc": {"hosts": 16, "link": {"bandwidth": "10Gbps"}}})");
  const auto routes = object.find("routes");
  object.finish();
  if (!zones) return;
  for (const auto& [name, zone] : zones->members(1)) network.zones.push_back(read_zone(name, zone));
  if (routes) read_routes(*routes, network);
}

void read_placement(const Value& value, const std::set<std::string>& parties, SimgridNetwork& network) {
  for (const auto& [party, place] : value.members()) {
    if (!parties.contains(party)) {
      const std::vector<std::string> names(parties.begin(), parties.end());
      place.fail(no_such("client or service", party, names));
    }
    Placement out{party, {}};
    if (place.is_text()) {
      out.hosts.push_back(place.text());
    } else {
      for (const Value& host : place.items(1)) out.hosts.push_back(host.text());
    }
    network.placement.push_back(std::move(out));
  }
}

// Each client and service needs a place; with a single zone, that one is meant.
void complete_placement(const Value& value, const std::set<std::string>& parties, SimgridNetwork& network) {
  for (const std::string& party : parties) {
    const bool placed = std::any_of(network.placement.begin(), network.placement.end(),
                                    [&](const Placement& placement) { return placement.party == party; });
    if (placed) continue;
    if (network.zones.size() == 1) {
      network.placement.push_back({party, {network.zones[0].name}});
    } else {
      value.fail(fmt::format(
          "{0} has no place in the platform; add it to \"placement\", such as \"{0}\": \"HOST\"", party));
    }
  }
}

SimgridNetwork read_simgrid(const Value& value, ObjectReader& object, const ScenarioReading& reading) {
  SimgridNetwork out;
  std::set<std::string> parties;
  for (const ServiceConfig& service : reading.scenario.services) parties.insert(service.name);
  for (const ClientConfig& client : reading.scenario.clients) parties.insert(client.name);
  const auto platform = object.require("platform", "\"platform.xml\"");
  if (platform) read_platform(*platform, reading.files, out);
  if (const auto placement = object.find("placement")) read_placement(*placement, parties, out);
  if (const auto factor = object.find("latency_factor"))
    out.latency_factor = factor->positive_number(kMaxFactor);
  if (const auto factor = object.find("bandwidth_factor"))
    out.bandwidth_factor = factor->positive_number(kMaxFactor);
  object.finish();
  if (!value.diagnostics().failed()) complete_placement(value, parties, out);
  return out;
}

}  // namespace

NetworkConfig read_network(const Value& value, const ScenarioReading& reading) {
  constexpr std::array<std::string_view, 2> kModels{"native", "simgrid"};
  std::size_t model = 0;
  {
    ObjectReader object(value, "");
    if (const auto word = object.find("model")) model = word->word(kModels);
  }
  ObjectReader object(value, fmt::format("network.{}", kModels[model]));
  object.find("model");
  if (model == 1) return read_simgrid(value, object, reading);
  NativeNetwork out;
  if (const auto latency = object.find("latency")) out.latency = read_distribution(*latency, reading.files);
  object.finish();
  return out;
}

}  // namespace meshtwin
