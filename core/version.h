// Which meshtwin this is.
#pragma once

#include <string_view>

namespace meshtwin {

std::string_view version();

}  // namespace meshtwin
