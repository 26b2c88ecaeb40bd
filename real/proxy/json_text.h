// Texts of any bytes as JSON strings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace meshtwin {

// Appends `text` in double quotes, at most `longest` bytes of it. Quotes, backslashes and controls are
// escaped, and bytes that aren't UTF-8 become U+FFFD, so that what strangers sent can neither end the string
// nor the line.
void append_json_text(std::string& out, std::string_view text, std::size_t longest = std::string_view::npos);

}  // namespace meshtwin
