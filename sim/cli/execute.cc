#include "sim/cli/execute.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "sim/cli/interrupt.h"
#include "sim/cli/progress.h"
#include "sim/cli/terminal.h"
#include "sim/network/simgrid/simgrid_runner.h"
#include "sim/run/runner.h"

namespace meshtwin {

Result<Execution> execute(const Scenario& scenario, const ExecuteOptions& options,
                          const InterruptListener& interrupt) {
  RunPlan plan;
  plan.seeds = replication_seeds(scenario.seed, scenario.replications);
  plan.parallel = options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  plan.series = options.series;
  plan.call_logs = options.call_logs;

  ProgressLine progress(options.label);
  const double whole = to_seconds(scenario.duration) * scenario.replications;
  RunMonitor monitor(plan.seeds.size(), [&](RunMonitor& m) {
    if (interrupt.interrupted()) m.stop_all();
    progress.show(to_seconds(m.simulated()) / whole);
  });
  const auto began = std::chrono::steady_clock::now();
  const Runner runner = options.runner ? options.runner : runner_for(scenario);
  Result<std::vector<Replication>> runs = runner(scenario, plan, monitor);
  progress.clear();
  if (!runs) return runs.error();
  if (runs.value().empty()) return Error{"interrupted before anything was measured"};

  Execution execution;
  execution.interrupted = interrupt.interrupted();
  execution.replications = std::move(runs).value();
  execution.result = combine(scenario, execution.replications);
  execution.result.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return execution;
}

void announce_wall_time(const std::vector<Scenario>& scenarios) {
  double seconds = 0;
  for (const Scenario& scenario : scenarios) {
    seconds += to_seconds(scenario.duration) * scenario.replications;
  }
  if (stderr_is_terminal()) fmt::print(stderr, "playing for real takes at least {:.0f} s\n", seconds);
}

}  // namespace meshtwin
