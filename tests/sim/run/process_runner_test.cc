// Replications in processes, here on the native network, where they must be the same as in threads.
#include <catch2/catch.hpp>

#include <sys/wait.h>

#include <cerrno>
#include <memory>
#include <stdexcept>

#include "core/results/replication_codec.h"
#include "sim/network/native_network.h"
#include "sim/run/process_runner.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

Scenario small_scenario() {
  Scenario scenario;
  scenario.duration = 2s;
  scenario.services.resize(1);
  scenario.services[0].name = "checkout";
  scenario.services[0].instances = 3;
  scenario.services[0].service_time = Distribution::exponential(1ms);
  scenario.policies.resize(1);
  scenario.clients = {{"web", 2, 0, PoissonArrivals{1000}}};
  scenario.network = NativeNetwork{Distribution::exponential(250us)};
  return scenario;
}

std::unique_ptr<Network> native(const Scenario& scenario, EventQueue& queue) {
  return std::make_unique<DelayNetwork>(queue, std::get<NativeNetwork>(scenario.network).latency);
}

bool no_child_left() { return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

std::vector<std::string> encoded(const Result<std::vector<Replication>>& runs) {
  REQUIRE(runs.ok());
  std::vector<std::string> out;
  for (const Replication& replication : runs.value()) out.push_back(encode(replication));
  return out;
}

}  // namespace

TEST_CASE("processes give the results of threads, in the order of the seeds") {
  const Scenario scenario = small_scenario();
  RunPlan plan{replication_seeds(3, 5), 1, true};
  RunMonitor monitor(plan.seeds.size());
  const auto in_threads = encoded(run_in_threads(scenario, plan, monitor));
  CHECK(in_threads.size() == 5);
  for (const unsigned parallel : {0u, 1u, 2u, 8u}) {
    plan.parallel = parallel;
    CHECK(encoded(run_in_processes(scenario, plan, monitor, native)) == in_threads);
  }
  CHECK(no_child_left());
}

TEST_CASE("an error in one process ends the run") {
  const Scenario scenario = small_scenario();
  const RunPlan plan{replication_seeds(3, 5), 2, false};
  RunMonitor monitor(plan.seeds.size());
  const auto runs =
      run_in_processes(scenario, plan, monitor, [](const Scenario&, EventQueue&) -> std::unique_ptr<Network> {
        throw std::runtime_error("no network today");
      });
  REQUIRE_FALSE(runs.ok());
  CHECK(runs.error().message == "no network today");
  CHECK(no_child_left());
}

TEST_CASE("progress comes from the processes, and a stop reaches those that run") {
  Scenario scenario = small_scenario();
  scenario.duration = 1'000'000s;
  const RunPlan plan{replication_seeds(3, 5), 2, false};
  RunMonitor monitor(plan.seeds.size(), [](RunMonitor& m) {
    if (m.control(0).simulated_ns > 0 && m.control(1).simulated_ns > 0) m.stop_all();
  });
  const auto runs = run_in_processes(scenario, plan, monitor, native);
  REQUIRE(runs.ok());
  REQUIRE(runs.value().size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(runs.value()[i].seed == plan.seeds[i]);
    CHECK(runs.value()[i].partial);
    CHECK(runs.value()[i].services[0].successes > 0);
  }
}

TEST_CASE("a run that was stopped beforehand begins nothing") {
  const RunPlan plan{{1, 2}, 1, false};
  RunMonitor monitor(2);
  monitor.stop_all();
  const auto runs = run_in_processes(small_scenario(), plan, monitor, native);
  REQUIRE(runs.ok());
  CHECK(runs.value().empty());
}
