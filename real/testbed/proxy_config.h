// The configuration of the proxy that stands for one sidecar of a scenario.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "real/net/address.h"

namespace meshtwin {

// The listener's name, under which it reports its address.
inline constexpr const char* kProxyListener = "in";

// As JSON text. The policy, in its canonical form, is in the file `policy` beside it; endpoints are numbered
// as the service's instances are. `name` is the sidecar's, one of the client's: web/0.
std::string proxy_config_text(const Scenario& scenario, std::uint64_t seed, const std::string& name,
                              const ClientConfig& client, const std::vector<Address>& endpoints,
                              const std::string& policy);

}  // namespace meshtwin
