// What this machine adds, for commands that set simulation and reality side by side.
#pragma once

#include <string>

#include "core/config/scenario.h"
#include "core/result.h"
#include "sim/cli/interrupt.h"

namespace meshtwin {

struct Calibration {
  std::string text;  // of its file
  Overheads overheads;
};

// From a file that meshtwin calibrate wrote.
Result<Calibration> load_calibration(const std::string& path);
// Has `testbed`, the path of meshtwin-testbed, measure it anew, with a line of progress. An interrupt ends it
// with an error.
Result<Calibration> measure_calibration(const std::string& testbed, const InterruptListener& interrupt);

}  // namespace meshtwin
