#include "sim/run/process_runner.h"

#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "core/results/replication_codec.h"
#include "sim/run/worker_process.h"

namespace meshtwin {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kTick(100);

// Between processes an atomic works only without a lock beside it.
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<std::int64_t>::is_always_lock_free);

// The controls of all replications in memory that parent and children share.
class SharedControls {
 public:
  explicit SharedControls(std::size_t count) : bytes_(std::max<std::size_t>(count, 1) * sizeof(RunControl)) {
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    controls_ = static_cast<RunControl*>(memory);
    std::uninitialized_value_construct_n(controls_, count);
  }
  ~SharedControls() {
    if (controls_ != nullptr) munmap(controls_, bytes_);
  }
  SharedControls(const SharedControls&) = delete;
  SharedControls& operator=(const SharedControls&) = delete;

  bool ok() const { return controls_ != nullptr; }
  RunControl& operator[](std::size_t i) { return controls_[i]; }

 private:
  std::size_t bytes_;
  RunControl* controls_ = nullptr;
};

class ProcessRun {
 public:
  ProcessRun(const Scenario& scenario, const RunPlan& plan, RunMonitor& monitor,
             const NetworkFactory& network)
      : scenario_(scenario),
        plan_(plan),
        monitor_(monitor),
        network_(network),
        controls_(plan.seeds.size()),
        results_(plan.seeds.size()) {}

  Result<std::vector<Replication>> run() {
    if (!controls_.ok()) return Error{"no memory to share with worker processes"};
    while (true) {
      if (const auto error = start_workers()) return *error;
      if (workers_.empty()) break;
      wait();
      if (const auto error = collect()) return *error;
    }
    std::vector<Replication> finished;
    for (auto& result : results_) {
      if (result) finished.push_back(*std::move(result));
    }
    return finished;
  }

 private:
  struct Running {
    std::size_t replication;
    WorkerProcess process;
  };

  std::optional<Error> start_workers() {
    while (workers_.size() < std::max(plan_.parallel, 1u) && next_ < plan_.seeds.size() &&
           !monitor_.stopped()) {
      const std::size_t replication = next_++;
      Result<WorkerProcess> worker = WorkerProcess::start([&] { return simulate(replication); });
      if (!worker) return worker.error();
      workers_.push_back({replication, std::move(worker).value()});
    }
    return {};
  }

  // In the child.
  Result<std::string> simulate(std::size_t replication) {
    SimulationOptions options;
    options.seed = plan_.seeds[replication];
    options.series = plan_.series;
    options.network = network_;
    return encode(Simulation(scenario_, options).run(controls_[replication]));
  }

  // Until a worker has something to say, at most to the next tick.
  void wait() {
    std::vector<pollfd> polled;
    for (const Running& worker : workers_) worker.process.watch(polled);
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(next_tick_ - Clock::now()).count();
    poll(polled.data(), polled.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, kTick.count())));
    pass_on();
    if (Clock::now() < next_tick_) return;
    monitor_.tick();
    next_tick_ = Clock::now() + kTick;
    pass_on();
  }

  // Stops to the children, progress from them.
  void pass_on() {
    for (const Running& worker : workers_) {
      RunControl& outer = monitor_.control(worker.replication);
      RunControl& inner = controls_[worker.replication];
      if (outer.stop) inner.stop = true;
      outer.simulated_ns = inner.simulated_ns.load();
    }
  }

  std::optional<Error> collect() {
    for (std::size_t i = workers_.size(); i-- > 0;) {
      Running& worker = workers_[i];
      if (!worker.process.read()) continue;
      const Result<std::string> bytes = worker.process.result();
      if (!bytes) return bytes.error();
      Result<Replication> replication = decode(bytes.value());
      if (!replication) return replication.error();
      results_[worker.replication] = std::move(replication).value();
      workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return {};
  }

  const Scenario& scenario_;
  const RunPlan& plan_;
  RunMonitor& monitor_;
  const NetworkFactory& network_;
  SharedControls controls_;
  std::vector<std::optional<Replication>> results_;
  std::vector<Running> workers_;
  std::size_t next_ = 0;
  Clock::time_point next_tick_ = Clock::now() + kTick;
};

}  // namespace

Result<std::vector<Replication>> run_in_processes(const Scenario& scenario, const RunPlan& plan,
                                                  RunMonitor& monitor, const NetworkFactory& network) {
  return ProcessRun(scenario, plan, monitor, network).run();
}

}  // namespace meshtwin
