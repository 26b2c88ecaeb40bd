// Lines of a head, read from the front of bytes that may not be complete yet.
//
// What is found wrong in some bytes is found wrong, and in the same way, however many follow: a message in
// pieces gets the answer that it would get whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "real/http/head.h"

namespace meshtwin {

enum class LineStatus : std::uint8_t { complete, incomplete, invalid, empty };

// Takes a line of a name, a colon and a value off `bytes`. `empty`: it was the line that ends the head.
LineStatus take_field(std::string_view& bytes, HeaderField& field);

// Takes the end of a line, CR LF, off `bytes`.
LineStatus take_line_end(std::string_view& bytes);

// Without blanks and tabs around it.
std::string_view trimmed(std::string_view text);

// A value that is nothing but a decimal number, which may have a minus.
std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace meshtwin
