// How a scenario's replications are run, by its network model. Knows nothing of SimGrid's own headers.
#pragma once

#include "core/config/scenario.h"
#include "sim/run/runner.h"

namespace meshtwin {

// Threads for the native model. For the model simgrid, processes, of which the caller needs to know nothing;
// what is wrong with the platform or doesn't fit the scenario comes back as an error before anything is
// simulated: one line that begins with the JSON path in the scenario.
Runner runner_for(const Scenario& scenario);

}  // namespace meshtwin
