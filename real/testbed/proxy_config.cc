#include "real/testbed/proxy_config.h"

#include <nlohmann/json.hpp>
#include <utility>

#include <fmt/format.h>

#include "core/config/json_fwd.h"
#include "core/config/units.h"
#include "core/workload/draws.h"
#include "core/workload/instance_traits.h"
#include "policies/catalog.h"

namespace meshtwin {
namespace {

// Enough for every call that may be under way at once: where the scenario says nothing of connections, the simulator
// has them open always.
constexpr std::uint32_t kIdleConnections = 10'000;

void put_locality(const Scenario& scenario, LocalityIndex locality, Json& out) {
  const std::string& name = scenario.localities[locality];
  if (!name.empty()) out["locality"] = name;
}

}  // namespace

std::string proxy_config_text(const Scenario& scenario, std::uint64_t seed, const std::string& name,
                              const ClientConfig& client, const std::vector<Address>& endpoints,
                              const std::string& policy) {
  const ServiceConfig& config = scenario.services[client.service];
  Json list = Json::array();
  for (std::uint32_t i = 0; i < endpoints.size(); ++i) {
    const InstanceTraits traits = traits_of(config, i);
    Json endpoint = {{"name", fmt::format("{}/{}", config.name, i)},
                     {"address", endpoints[i].text()},
                     {"weight", traits.weight},
                     {"priority", traits.priority}};
    put_locality(scenario, traits.locality, endpoint);
    list.push_back(std::move(endpoint));
  }
  Json listener = {{"name", kProxyListener}, {"address", "127.0.0.1:0"}, {"call_report", true}};
  listener["routes"] = Json::array({Json{{"upstream", config.name}}});
  Json upstream = {{"policy", policy},
                   {"endpoints", list},
                   {"attempt_header", true},
                   {"idle_connections_max", kIdleConnections},
                   {"seed", policy_seed(seed, name)}};
  if (client.connections) {
    const bool keeps_some = client.connections->type == ConnectionType::pooled;
    upstream["idle_connections_max"] = keeps_some ? client.connections->idle_connections_max : 0;
    upstream["idle_timeout"] = format_duration(client.connections->idle_timeout);
    upstream["connect_timeout"] = format_duration(client.connections->connect_timeout);
  }
  Json whole = {{"name", name}, {"workers", 1}};
  put_locality(scenario, client.locality, whole);
  whole["listeners"] = Json::array({listener});
  whole["upstreams"][config.name] = upstream;
  if (scenario.policies[client.service].config.shadow) whole["admin"] = {{"address", "127.0.0.1:0"}};
  return whole.dump(2) + "\n";
}

std::string inbound_config_text(const Scenario& scenario, std::uint64_t seed, std::uint32_t service,
                                const std::vector<Address>& instances, const std::string& policy) {
  const ServiceConfig& config = scenario.services[service];
  const bool reports_load = reads_reports(scenario.policies[service].config);
  Json whole = {{"name", config.name + "/inbound"}, {"workers", 1}};
  whole["listeners"] = Json::array();
  for (std::uint32_t i = 0; i < instances.size(); ++i) {
    const std::string name = fmt::format("{}/{}", config.name, i);
    Json listener = {{"name", name}, {"address", "127.0.0.1:0"}, {"direction", "inbound"}};
    listener["routes"] = Json::array({Json{{"upstream", name}}});
    if (reports_load) listener["load_reports"] = {{"concurrency", traits_of(config, i).concurrency}};
    whole["listeners"].push_back(std::move(listener));
    whole["upstreams"][name] = {{"policy", policy},
                                {"endpoints", Json::array({Json{{"name", name}, {"address", instances[i].text()}}})},
                                {"idle_connections_max", kIdleConnections},
                                {"seed", policy_seed(seed, "inbound/" + name)}};
  }
  return whole.dump(2) + "\n";
}

}  // namespace meshtwin
