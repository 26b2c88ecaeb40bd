#include "real/http/lines.h"

#include <charconv>

#include "real/http/characters.h"

namespace meshtwin {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

LineStatus take_line_end(std::string_view& bytes) {
  if (!bytes.empty() && bytes[0] != '\r') return LineStatus::invalid;
  if (bytes.size() < 2) return LineStatus::incomplete;
  if (bytes[1] != '\n') return LineStatus::invalid;
  bytes.remove_prefix(2);
  return LineStatus::complete;
}

LineStatus take_field(std::string_view& bytes, HeaderField& field) {
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* const colon = skip(begin, end, kTokenCharacter);
  if (colon == end) return LineStatus::incomplete;
  if (*colon != ':' || colon == begin) {
    if (colon != begin) return LineStatus::invalid;
    const LineStatus status = take_line_end(bytes);
    return status == LineStatus::complete ? LineStatus::empty : status;
  }
  const char* value = colon + 1;
  while (value != end && is_blank(*value)) ++value;
  const char* const line_end = skip_value(value, end);
  std::string_view rest = between(line_end, end);
  if (const LineStatus status = take_line_end(rest); status != LineStatus::complete) return status;
  const char* value_end = line_end;
  while (value_end != value && is_blank(value_end[-1])) --value_end;
  field.name = between(begin, colon);
  field.value = between(value, value_end);
  field.known = known_header(field.name);
  field.verbatim = value == colon + 2 && colon[1] == ' ' && value_end == line_end;
  bytes = rest;
  return LineStatus::complete;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace meshtwin
