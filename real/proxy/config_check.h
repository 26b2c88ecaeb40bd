// `meshtwin-proxy --check`: whether a proxy would start with a configuration.
#pragma once

#include <string>

#include "core/result.h"

namespace meshtwin {

// Reads the configuration and all that it names: policies, files of endpoints, the folders of the journal and
// of the access log; and whether this machine has the addresses to listen on, whatever uses their ports now.
// Says in one line what it is; errors name file, place, value and remedy.
Result<std::string> check_proxy_config(const std::string& file);

}  // namespace meshtwin
