// A configuration as the JSON of its file, with every default written out.
#pragma once

#include "core/config/json_fwd.h"
#include "real/proxy/config.h"

namespace meshtwin {

// Reading it gives the same configuration again. Policies stand in place, in their canonical form.
Json proxy_config_json(const ProxyConfig& config);

// "endpoints", "dns" or "endpoints_file" with its value.
Json discovery_json(const UpstreamConfig& upstream);
// Null where there are no health checks.
Json health_check_json(const UpstreamConfig& upstream);

}  // namespace meshtwin
