// Programs that lie beside this one.
#pragma once

#include <string>

#include "core/result.h"

namespace meshtwin {

// Where `meshtwin-NAME` beside this program would be.
std::string sibling_path(const std::string& name);
// The same where it can be run; the error says that it is missing and how to get it.
Result<std::string> find_sibling(const std::string& name);

}  // namespace meshtwin
