#include "real/proxy/json_text.h"

#include <cstdint>

namespace meshtwin {
namespace {

// Bytes of the well-formed UTF-8 sequence (RFC 3629) at the start of `text`, which begins with a byte of 0x80
// or more; 0 where there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool past_end = lead == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || past_end ? 0 : length;
}

void append_escaped(std::string& out, unsigned char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
  }
}

}  // namespace

void append_json_text(std::string& out, std::string_view text, std::size_t longest) {
  out += '"';
  std::string_view rest = text.substr(0, longest);
  while (!rest.empty()) {
    std::size_t plain = 0;
    while (plain < rest.size()) {
      const auto byte = static_cast<unsigned char>(rest[plain]);
      if (byte < 0x20 || byte >= 0x7F || byte == '"' || byte == '\\') break;
      ++plain;
    }
    out += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    const auto byte = static_cast<unsigned char>(rest.front());
    std::size_t length = 1;
    if (byte < 0x80) {
      append_escaped(out, byte);
    } else if ((length = sequence_length(rest)) > 0) {
      out += rest.substr(0, length);
    } else {
      length = 1;
      out += "\\ufffd";
    }
    rest.remove_prefix(length);
  }
  out += '"';
}

}  // namespace meshtwin
