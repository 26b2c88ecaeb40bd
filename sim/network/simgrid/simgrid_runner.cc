#include "sim/network/simgrid/simgrid_runner.h"

#include <stdexcept>
#include <string>

#include "sim/network/simgrid/flow_network.h"
#include "sim/run/process_runner.h"
#include "sim/run/worker_process.h"

namespace meshtwin {
namespace {

// In a child, since some errors in a platform end the process.
Result<bool> check(const Scenario& scenario) {
  const Result<std::string> checked = run_in_child([&]() -> Result<std::string> {
    EventQueue queue;
    const auto network = make_flow_network(scenario, queue, true);
    if (!network) return network.error();
    return std::string();
  });
  if (checked) return true;
  // What SimGrid itself or the system had to say has no path in front of it.
  if (checked.error().message.starts_with("$.")) return checked.error();
  const std::string& file = std::get<SimgridNetwork>(scenario.network).platform_file;
  return Error{"$.network.platform: " + (file.empty() ? "" : file + ": ") + checked.error().message};
}

std::unique_ptr<Network> network_of(const Scenario& scenario, EventQueue& queue) {
  auto network = make_flow_network(scenario, queue, false);
  if (!network) throw std::runtime_error(network.error().message);
  return std::move(network).value();
}

Result<std::vector<Replication>> run_on_simgrid(const Scenario& scenario, const RunPlan& plan,
                                                RunMonitor& monitor) {
  const Result<bool> checked = check(scenario);
  if (!checked) return checked.error();
  return run_in_processes(scenario, plan, monitor, network_of);
}

}  // namespace

Runner runner_for(const Scenario& scenario) {
  if (std::holds_alternative<SimgridNetwork>(scenario.network)) return run_on_simgrid;
  return run_in_threads;
}

}  // namespace meshtwin
