#include "sim/run/runner.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

constexpr std::chrono::milliseconds kTick(100);

}  // namespace

std::vector<std::uint64_t> replication_seeds(std::uint64_t seed, std::uint32_t count) {
  std::vector<std::uint64_t> seeds;
  for (std::uint32_t i = 0; i < count; ++i) seeds.push_back(i == 0 ? seed : mix(seed, i));
  return seeds;
}

RunMonitor::RunMonitor(std::size_t replications, OnTick on_tick) : on_tick_(std::move(on_tick)) {
  for (std::size_t i = 0; i < replications; ++i) controls_.push_back(std::make_unique<RunControl>());
}

void RunMonitor::stop_all() {
  stopped_ = true;
  for (auto& control : controls_) control->stop = true;
}

Duration RunMonitor::simulated() const {
  Duration sum{};
  for (const auto& control : controls_)
    sum += Duration(control->simulated_ns.load(std::memory_order_relaxed));
  return sum;
}

Result<std::vector<Replication>> run_in_threads(const Scenario& scenario, const RunPlan& plan,
                                                RunMonitor& monitor) {
  std::vector<std::optional<Replication>> results(plan.seeds.size());
  if (plan.call_logs != nullptr) plan.call_logs->resize(plan.seeds.size());
  const std::size_t threads = std::min<std::size_t>(std::max(plan.parallel, 1u), plan.seeds.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t running = threads;
  const auto work = [&] {
    for (std::size_t i = next++; i < plan.seeds.size() && !monitor.stopped(); i = next++) {
      SimulationOptions options;
      options.seed = plan.seeds[i];
      options.series = plan.series;
      if (plan.call_logs != nullptr) options.call_log = &(*plan.call_logs)[i];
      results[i] = Simulation(scenario, options).run(monitor.control(i));
    }
    const std::lock_guard lock(mutex);
    --running;
    ended.notify_one();
  };
  std::vector<std::jthread> pool;
  for (std::size_t t = 0; t < threads; ++t) pool.emplace_back(work);
  std::unique_lock lock(mutex);
  while (!ended.wait_for(lock, kTick, [&] { return running == 0; })) {
    lock.unlock();
    monitor.tick();
    lock.lock();
  }
  lock.unlock();
  pool.clear();
  std::vector<Replication> finished;
  for (auto& result : results) {
    if (result) finished.push_back(*std::move(result));
  }
  return finished;
}

}  // namespace meshtwin
