// What this machine adds, for commands that set simulation and reality side by side.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/result.h"
#include "sim/cli/interrupt.h"

namespace meshtwin {

struct Calibration {
  std::string text;  // of its file
  Overheads overheads;
  std::optional<Duration> added_p50;  // what the median call took beside its service time
  std::vector<std::string> warnings;  // that it can't be trusted
};

// From a file that meshtwin calibrate wrote.
Result<Calibration> load_calibration(const std::string& path);
// Has `testbed`, the path of meshtwin-testbed, measure it anew, with a line of progress. An interrupt ends it
// with an error.
Result<Calibration> measure_calibration(const std::string& testbed, const InterruptListener& interrupt);
// A warning where the machine added clearly more or less at one of the two times: by a quarter, and by 50 us at least.
std::optional<std::string> drift(const Calibration& before, const Calibration& after);

}  // namespace meshtwin
