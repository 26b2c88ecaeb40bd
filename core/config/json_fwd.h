// The JSON value that configuration is read into: objects keep the order of the file. Declared only; the
// definition (nlohmann/json.hpp) is heavy and belongs in source files.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace meshtwin {

using Json = nlohmann::ordered_json;

}  // namespace meshtwin
