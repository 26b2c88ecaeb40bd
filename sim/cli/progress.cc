#include "sim/cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "sim/cli/terminal.h"

namespace meshtwin {

ProgressLine::ProgressLine(std::string label)
    : label_(std::move(label)), began_(std::chrono::steady_clock::now()), terminal_(stderr_is_terminal()) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(double share) {
  constexpr int kWidth = 30;
  constexpr double kPatience = 0.5;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  if (!terminal_ || seconds < kPatience) return;
  share = std::clamp(share, 0.0, 1.0);
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < share * kWidth ? "█" : "░";
  const std::string left =
      share > 0.02 ? fmt::format(", {:.0f} s left", seconds / share * (1 - share)) : std::string();
  fmt::print(stderr, "\r\x1b[K{} {} {:.0f} %{}", label_, bar, share * 100, left);
  std::fflush(stderr);
  shown_ = true;
}

void ProgressLine::clear() {
  if (!std::exchange(shown_, false)) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace meshtwin
