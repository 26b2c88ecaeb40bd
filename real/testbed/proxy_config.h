// The configurations of the proxies that stand for the sidecars of a scenario. As JSON text; the policy, in its
// canonical form, is in the file `policy` beside it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "real/net/address.h"

namespace meshtwin {

// The listener's name, under which it reports its address.
inline constexpr const char* kProxyListener = "in";

// Of a sidecar of the client, called `name`: web/0; with an admin address where the policy has a shadow. Endpoints are
// numbered as the service's instances are.
std::string proxy_config_text(const Scenario& scenario, std::uint64_t seed, const std::string& name,
                              const ClientConfig& client, const std::vector<Address>& endpoints,
                              const std::string& policy);

// Of one proxy that has the inbound sidecars of all instances of a service that has such a policy: a listener for each,
// called as the instance is, checkout/0, with an upstream of its own. `instances` are where they listen.
std::string inbound_config_text(const Scenario& scenario, std::uint64_t seed, std::uint32_t service,
                                const std::vector<Address>& instances, const std::string& policy);

}  // namespace meshtwin
