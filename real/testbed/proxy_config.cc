#include "real/testbed/proxy_config.h"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "core/config/json_fwd.h"
#include "core/workload/draws.h"
#include "core/workload/instance_traits.h"

namespace meshtwin {
namespace {

// Enough for every call that may be under way at once: opening a connection takes time that the simulator
// doesn't know of.
constexpr std::uint32_t kIdleConnections = 10'000;

}  // namespace

std::string proxy_config_text(const Scenario& scenario, std::uint64_t seed, const std::string& name,
                              std::uint32_t service, const std::vector<Address>& endpoints,
                              const std::string& policy) {
  const ServiceConfig& config = scenario.services[service];
  Json list = Json::array();
  for (std::uint32_t i = 0; i < endpoints.size(); ++i) {
    list.push_back({{"name", fmt::format("{}/{}", config.name, i)},
                    {"address", endpoints[i].text()},
                    {"weight", traits_of(config, i).weight}});
  }
  Json listener = {{"name", kProxyListener}, {"address", "127.0.0.1:0"}, {"call_report", true}};
  listener["routes"] = Json::array({Json{{"upstream", config.name}}});
  const Json upstream = {{"policy", policy},
                         {"endpoints", list},
                         {"attempt_header", true},
                         {"idle_connections_max", kIdleConnections},
                         {"seed", policy_seed(seed, name)}};
  Json whole = {{"name", name}, {"workers", 1}};
  whole["listeners"] = Json::array({listener});
  whole["upstreams"][config.name] = upstream;
  return whole.dump(2) + "\n";
}

}  // namespace meshtwin
