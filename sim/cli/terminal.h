// What the terminal can show: colour and a moving progress line only where somebody looks at them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace meshtwin {

// Colours for one output stream; plain text where the stream is no terminal or NO_COLOR is set.
class Paint {
 public:
  explicit Paint(bool colour) : colour_(colour) {}
  static Paint for_stdout();

  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string good(std::string_view text) const { return wrap("32", text); }
  std::string bad(std::string_view text) const { return wrap("31", text); }
  std::string warn(std::string_view text) const { return wrap("33", text); }
  std::string bar(std::string_view text) const { return wrap("36", text); }

 private:
  std::string wrap(std::string_view code, std::string_view text) const;
  bool colour_;
};

bool stdout_is_terminal();
bool stderr_is_terminal();

// Characters in a line of the terminal; 120 where the stream is none or doesn't tell.
std::size_t stdout_width();
std::size_t stderr_width();

}  // namespace meshtwin
