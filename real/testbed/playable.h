// Which scenarios can be played for real on one machine.
#pragma once

#include <string>

#include "core/config/scenario.h"
#include "core/result.h"

namespace meshtwin {

// True; or an error that names, in one line, everything in the scenario of `file` that can't be played.
Result<bool> check_playable(const Scenario& scenario, const std::string& file);

// Calls a second at the process's highest; 0 for a closed loop.
double peak_rate(const ArrivalConfig& arrivals, Duration duration);

}  // namespace meshtwin
