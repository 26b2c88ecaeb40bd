// Checks JSON against a JSON Schema (draft 2020-12), as far as the schemas in scenarios/schemas/ use it.
#pragma once

#include <map>
#include <string>

#include "core/config/json_fwd.h"

namespace meshtwin {

// Schemas by their `$id`; references lead from one to another.
using Schemas = std::map<std::string, Json>;

// Whether `value` is valid under the schema `id`. A keyword that isn't known fails the test.
bool is_valid(const Json& value, const Schemas& schemas, const std::string& id);

}  // namespace meshtwin
