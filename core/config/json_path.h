// Places inside a JSON value: `$.services.checkout.instances`, `$.faults[0].at`, `$.services["a b"]`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/json_fwd.h"
#include "core/result.h"

namespace meshtwin {

// Keys and indices from the root down; an index stands as its digits.
using PathSteps = std::vector<std::string>;

// The path of a member or of an element of what is at `path`.
std::string path_of(std::string_view path, std::string_view key);
std::string path_of(std::string_view path, std::size_t index);

// Reads a path with or without its `$.`; an index may stand as `[0]` or `.0`. Errors name the text.
Result<PathSteps> parse_path(std::string_view text);

// The path of `steps` below the root, written as above; `root` says which steps are indices and may be null.
std::string format_path(const PathSteps& steps, std::size_t from, const Json* root);

// What is at `steps[from...]` below `root`; null where there is nothing.
const Json* find_at(const Json& root, const PathSteps& steps, std::size_t from = 0);
Json* find_at(Json& root, const PathSteps& steps, std::size_t from = 0);

}  // namespace meshtwin
