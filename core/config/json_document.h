// JSON text into values, for files that people write: strict, with an error that names line and column.
#pragma once

#include <string_view>

#include "core/config/json_fwd.h"
#include "core/result.h"

namespace meshtwin {

// Objects and arrays inside one another; no file of ours comes near it.
inline constexpr std::size_t kDeepestJson = 64;

// Parses one JSON document (RFC 8259). Beyond syntax, refused are: a key twice in one object, more than
// kDeepestJson levels, numbers past the range of a double, NUL bytes, text that isn't UTF-8. A UTF-8 byte
// order mark at the start is skipped. Errors read `FILE:LINE:COLUMN: what`, columns counted in characters
// from 1.
Result<Json> parse_json(std::string_view text, std::string_view file);

// For canonical forms: whole numbers as integers, since 10 and 10.0 are one number and get one text.
Json canonical_number(double value);

}  // namespace meshtwin
