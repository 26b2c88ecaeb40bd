// Runs replications in child processes, for network models that a process can have only one of.
#pragma once

#include <vector>

#include "core/config/scenario.h"
#include "core/result.h"
#include "core/results/replication.h"
#include "sim/run/runner.h"
#include "sim/simulation.h"

namespace meshtwin {

// As a Runner (sim/run/runner.h), with a child process for each replication, at most plan.parallel at the
// same time. Each makes its network with `network`, which may throw std::exception: the first error ends the
// whole run. Every child is over when this returns.
Result<std::vector<Replication>> run_in_processes(const Scenario& scenario, const RunPlan& plan,
                                                  RunMonitor& monitor, const NetworkFactory& network);

}  // namespace meshtwin
