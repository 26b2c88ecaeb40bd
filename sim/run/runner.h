// Runs a scenario several times with seeds of its own each, in parallel, with the same results as one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/config/scenario.h"
#include "core/result.h"
#include "core/results/call_log.h"
#include "core/results/replication.h"
#include "sim/simulation.h"

namespace meshtwin {

struct RunPlan {
  std::vector<std::uint64_t> seeds;  // one for each replication
  unsigned parallel = 1;             // at most so many at the same time
  bool series = false;
  // Gets the log of calls of each seed, in their order; null: none is kept. On the native network and for
  // real.
  std::vector<CallLog>* call_logs = nullptr;
};

// Seeds for `count` replications: the scenario's own for the first one, so that one run alone is the first of
// many.
std::vector<std::uint64_t> replication_seeds(std::uint64_t seed, std::uint32_t count);

// How far the replications of a plan are, and the means to end them early. Runners call tick() about ten
// times a second from the thread that called them; they start no thread that would outlive them.
class RunMonitor {
 public:
  using OnTick = std::function<void(RunMonitor&)>;

  explicit RunMonitor(std::size_t replications, OnTick on_tick = {});
  void tick() {
    if (on_tick_) on_tick_(*this);
  }
  RunControl& control(std::size_t replication) { return *controls_[replication]; }
  std::size_t size() const { return controls_.size(); }
  void stop_all();
  bool stopped() const { return stopped_.load(); }
  // The scenario's time that has passed in all replications together.
  Duration simulated() const;

 private:
  std::vector<std::unique_ptr<RunControl>> controls_;
  std::atomic<bool> stopped_{false};
  OnTick on_tick_;
};

// Runs a plan. Results come in the order of the seeds; those that a stop kept from beginning are left out.
// Errors are those of the network model, such as a platform that does not fit the scenario, or of the real
// world.
using Runner = std::function<Result<std::vector<Replication>>(const Scenario&, const RunPlan&, RunMonitor&)>;

// For the native network model: threads.
Result<std::vector<Replication>> run_in_threads(const Scenario& scenario, const RunPlan& plan,
                                                RunMonitor& monitor);

}  // namespace meshtwin
