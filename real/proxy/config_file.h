// Reads a proxy's configuration file, proxy.json; scenarios/schemas/proxy.schema.json says the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/config/diagnostics.h"
#include "core/config/scenario_document.h"
#include "core/result.h"
#include "real/proxy/config.h"

namespace meshtwin {

// What the file leaves to the machine that it is read on.
struct ConfigDefaults {
  std::uint32_t workers = 1;
  static ConfigDefaults of_this_machine();
};

// Reads `text` as the configuration of `file`. Paths in it count from the folder of `file`; policies that it
// names come through `load`. Errors read `FILE: PATH: what`. A `log` takes the keys that were asked for.
Result<ProxyConfigPtr> parse_proxy_config(std::string_view text, const std::string& file,
                                          const FileLoader& load, const ConfigDefaults& defaults,
                                          KnownKeys* log = nullptr);

// The same with policies read from disk. What came otherwise than from `file`, in whose place it stands, has
// errors that read `FROM: PATH: what`.
Result<ProxyConfigPtr> parse_proxy_config(std::string_view text, const std::string& file,
                                          const std::string& from);
Result<ProxyConfigPtr> load_proxy_config(const std::string& file);

// A list of endpoints as JSON, such as a file that an upstream watches has it: addresses, or objects with
// name, address and weight. At least one, and each name and address once. Errors read `FILE: PATH: what`.
Result<std::vector<EndpointConfig>> parse_endpoints(std::string_view text, const std::string& file);
Result<std::vector<EndpointConfig>> load_endpoints(const std::string& file);

}  // namespace meshtwin
