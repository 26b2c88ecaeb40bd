// Text inside SVG.
#pragma once

#include <string>
#include <string_view>

namespace meshtwin {

// With the characters that mean something in XML escaped.
inline std::string svg_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace meshtwin
