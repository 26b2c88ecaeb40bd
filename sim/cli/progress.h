// A line on the terminal that says how far a long run is.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace meshtwin {

// Writes to stderr, and only where that is a terminal and the work has taken half a second already.
class ProgressLine {
 public:
  explicit ProgressLine(std::string label);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // `share` of the work that is done, 0 to 1.
  void show(double share);
  // Takes the line away.
  void clear();

 private:
  std::string label_;
  std::chrono::steady_clock::time_point began_;
  bool terminal_;
  bool shown_ = false;
};

}  // namespace meshtwin
