// Files of the source tree that the program carries with it; the build makes the definitions.
#pragma once

#include <string_view>

namespace meshtwin {

std::string_view embedded_scenario_schema();  // scenarios/schemas/scenario.schema.json
std::string_view embedded_policy_schema();    // scenarios/schemas/policy.schema.json
std::string_view embedded_proxy_schema();     // scenarios/schemas/proxy.schema.json
std::string_view embedded_starter();          // scenarios/starter.json

}  // namespace meshtwin
