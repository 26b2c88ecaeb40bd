#include "sim/cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "sim/cli/terminal.h"

namespace meshtwin {
namespace {

// As much of a UTF-8 text as takes `count` characters.
std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  for (std::size_t shown = 0; end < text.size(); ++end) {
    const bool begins_character = (text[end] & 0xc0) != 0x80;
    if (begins_character && ++shown > count) break;
  }
  return text.substr(0, end);
}

}  // namespace

ProgressLine::ProgressLine(std::string label)
    : label_(std::move(label)), began_(std::chrono::steady_clock::now()), terminal_(stderr_is_terminal()) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(double share) {
  constexpr int kWidth = 30;
  constexpr double kPatience = 0.5;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  if (!terminal_ || seconds < kPatience) return;
  share = std::clamp(share, 0.0, 1.0);
  // A line that the terminal had to break couldn't be taken away again.
  constexpr std::size_t kBesideLabel = kWidth + 24;
  const std::size_t width = stderr_width();
  const std::size_t label_room = width > kBesideLabel ? width - kBesideLabel : 0;
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < share * kWidth ? "█" : "░";
  const std::string left =
      share > 0.02 ? fmt::format(", {:.0f} s left", seconds / share * (1 - share)) : std::string();
  fmt::print(stderr, "\r\x1b[K{} {} {:.0f} %{}", first_characters(label_, label_room), bar, share * 100,
             left);
  std::fflush(stderr);
  shown_ = true;
}

void ProgressLine::clear() {
  if (!std::exchange(shown_, false)) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace meshtwin
