// One run of a scenario in simulated time: an ordinary object; any number of them can run in as many threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/config/scenario.h"
#include "core/random/stream.h"
#include "core/results/call_log.h"
#include "core/results/replication.h"
#include "core/time.h"
#include "core/workload/arrivals.h"
#include "core/workload/keys.h"
#include "sim/client/client_side.h"
#include "sim/engine/engine.h"
#include "sim/network/network.h"
#include "sim/server/server_side.h"
#include "sim/server/service_directory.h"

namespace meshtwin {

// Makes the network of a simulation whose arrivals go into `queue`.
using NetworkFactory = std::function<std::unique_ptr<Network>(const Scenario& scenario, EventQueue& queue)>;

struct SimulationOptions {
  std::uint64_t seed = 1;
  bool series = false;     // record time series
  NetworkFactory network;  // empty: the native model, which the scenario must then ask for
  CallExplanation* explain = nullptr;  // is filled in by the run
  CallLog* call_log = nullptr;  // gets the open loops' calls when the run ends; null: none is kept
};

// What others may look at and ask while a simulation runs in another thread.
struct RunControl {
  std::atomic<bool> stop{false};              // set: the run ends soon, and its result is partial
  std::atomic<std::int64_t> simulated_ns{0};  // how far it is
};

// The same scenario and seed give the same result, bit for bit, on every machine and beside any other runs.
class Simulation {
 public:
  Simulation(const Scenario& scenario, const SimulationOptions& options);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Runs to the end: no arrivals after the scenario's duration, and calls under way then are played out.
  // To be called once.
  Replication run(RunControl& control);

 private:
  struct Client {
    std::unique_ptr<ArrivalProcess> arrivals;  // null: a closed loop
    std::vector<std::uint32_t> sidecars;
    std::uint64_t seed = 0;  // of its calls
    RandomStream sidecar_choice{0};
    std::uint64_t calls = 0;
    std::vector<std::uint64_t> user_calls;  // by user
    std::optional<KeySampler> keys;
  };

  void add_instance(std::uint32_t service);
  void add_instance_sidecars(std::uint32_t instance);
  void add_clients();
  void schedule_plans();
  void let_network_catch_up();
  void dispatch(Time now, const Event& event);
  void arrival(Time now, std::uint32_t client);
  void schedule_arrival(std::uint32_t client);
  void user_ready(Time now, std::uint32_t client, std::uint32_t user);
  void schedule_user(Time now, std::uint32_t client, std::uint32_t user);
  std::uint32_t choose_sidecar(Client& client);
  static std::optional<std::uint64_t> key_of(const Client& client, std::uint64_t seed);
  void fault(Time now, std::uint32_t index, bool begins);
  void begin_fault(Time now, std::uint32_t instance, std::uint32_t fault);
  void share_faults(Time now, std::uint32_t service, std::uint32_t instance);
  void change_membership(Time now, std::uint32_t index);
  void dispatch_rare(Time now, const Event& event);
  ChildCall call_downstream(Time now, std::uint32_t request, std::uint32_t target, std::uint32_t number);
  void call_ended(Time now, const CallOrigin& origin, const Outcome& outcome);

  Engine engine_;
  bool network_has_clock_ = false;
  CallLog* call_log_ = nullptr;
  CallExplanation* explain_ = nullptr;
  ServiceDirectory directory_;
  ServerSide servers_;
  ClientSide clients_side_;
  std::vector<Client> clients_;
  std::vector<std::vector<std::uint32_t>>
      instance_sidecars_;  // by instance, by service called; none: kNone or no entry
};

}  // namespace meshtwin
