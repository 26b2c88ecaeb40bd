// The SHA-256 of a text, which names configurations.
#pragma once

#include <string>
#include <string_view>

namespace meshtwin {

// 64 hexadecimal digits in lower case.
std::string sha256_hex(std::string_view text);

}  // namespace meshtwin
