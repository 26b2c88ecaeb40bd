// Runs a scenario on behalf of a command: in parallel, with progress, and with an end by Ctrl-C.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/result.h"
#include "core/results/replication.h"
#include "core/results/scenario_result.h"
#include "sim/cli/interrupt.h"
#include "sim/run/runner.h"

namespace meshtwin {

struct ExecuteOptions {
  unsigned threads = 0;  // 0: as many as the machine has
  bool series = false;
  std::string label;  // of the progress line
  Runner runner;      // empty: the simulator
  std::vector<CallLog>* call_logs = nullptr;  // as in RunPlan
};

struct Execution {
  ScenarioResult result;
  std::vector<Replication> replications;
  bool interrupted = false;
};

// Runs scenario.replications replications. Errors: what the runner finds wrong with the scenario, or an
// interrupt before anything had been measured.
Result<Execution> execute(const Scenario& scenario, const ExecuteOptions& options,
                          const InterruptListener& interrupt);

// Says on the terminal how long it takes to play the scenarios for real, which is their own time.
void announce_wall_time(const std::vector<Scenario>& scenarios);

}  // namespace meshtwin
