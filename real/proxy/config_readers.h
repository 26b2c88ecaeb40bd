// The readers that config_file.cc puts together; nothing else includes this.
#pragma once

#include <string>
#include <vector>

#include "core/config/reader.h"
#include "core/config/scenario_document.h"
#include "real/proxy/config.h"

namespace meshtwin {

Address read_address(const Value& value);
std::vector<ListenerConfig> read_listeners(const Value& value, const std::vector<std::string>& upstreams);
// In the order of the file.
std::vector<UpstreamConfig> read_upstreams(const Value& value, const ScenarioFiles& files);
std::vector<EndpointConfig> read_endpoints(const Value& value);

}  // namespace meshtwin
