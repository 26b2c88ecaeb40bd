#include "sim/run/runner.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "core/random/stream.h"

namespace meshtwin {

std::vector<std::uint64_t> replication_seeds(std::uint64_t seed, std::uint32_t count) {
  std::vector<std::uint64_t> seeds;
  for (std::uint32_t i = 0; i < count; ++i) seeds.push_back(i == 0 ? seed : mix(seed, i));
  return seeds;
}

RunMonitor::RunMonitor(std::size_t replications) {
  for (std::size_t i = 0; i < replications; ++i) controls_.push_back(std::make_unique<RunControl>());
}

void RunMonitor::stop_all() {
  stopped_ = true;
  for (auto& control : controls_) control->stop = true;
}

Duration RunMonitor::simulated() const {
  Duration sum{};
  for (const auto& control : controls_) sum += Duration(control->simulated_ns.load(std::memory_order_relaxed));
  return sum;
}

Result<std::vector<Replication>> run_in_threads(const Scenario& scenario, const RunPlan& plan,
                                                RunMonitor& monitor) {
  std::vector<std::optional<Replication>> results(plan.seeds.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < plan.seeds.size() && !monitor.stopped(); i = next++) {
      SimulationOptions options;
      options.seed = plan.seeds[i];
      options.series = plan.series;
      results[i] = Simulation(scenario, options).run(monitor.control(i));
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t extra = std::min<std::size_t>(std::max(plan.parallel, 1u), plan.seeds.size());
    for (std::size_t t = 1; t < extra; ++t) threads.emplace_back(work);
    work();
  }
  std::vector<Replication> finished;
  for (auto& result : results) {
    if (result) finished.push_back(*std::move(result));
  }
  return finished;
}

}  // namespace meshtwin
