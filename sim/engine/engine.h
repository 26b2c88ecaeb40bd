// What all parts of one simulation share: the event queue, the requests, the network, the statistics.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/config/scenario.h"
#include "core/results/call_log.h"
#include "core/results/recorder.h"
#include "core/time.h"
#include "core/workload/draws.h"
#include "sim/engine/event_queue.h"
#include "sim/engine/request.h"
#include "sim/engine/slab.h"
#include "sim/network/network.h"

namespace meshtwin {

// Where an instance is, and whose endpoint it is.
struct InstanceAddress {
  NodeId node = 0;
  std::uint32_t service = 0;
  EndpointIndex endpoint = 0;
};

// What a connection to an instance meets.
struct Door {
  bool refuses = false;        // crashed, or gone for good
  bool silent = false;         // a blackhole
  std::uint32_t closures = 0;  // how often all connections through it were closed at once
};

struct Engine {
  Engine(const Scenario& of, std::uint64_t run_seed, bool series);

  // Carries a message of `request` over the network: to its instance, or back for Draw::to_client.
  // `on_arrival` is scheduled for the moment when all of its `bytes` are there.
  void send(Time now, const Request& request, Draw purpose, std::uint64_t bytes, Event on_arrival) {
    if (!constant_delay) return send_by_network(now, request, purpose, bytes, on_arrival);
    queue.schedule(saturating_add(now, *constant_delay), on_arrival, EventQueue::Lane::messages);
  }

  // The same for a probe, which has no bytes to speak of.
  void send(Time now, const Probe& probe, Draw purpose, Event on_arrival) {
    if (!constant_delay) return send_by_network(now, probe, purpose, on_arrival);
    queue.schedule(saturating_add(now, *constant_delay), on_arrival, EventQueue::Lane::messages);
  }

  // The request goes over a connection that was opened when its instance's door had had so many closures.
  void note_carried(std::uint32_t request, std::uint32_t closures) {
    if (request >= carried_.size()) carried_.resize(request + std::size_t{1});
    carried_[request] = {requests.generation(request), closures};
  }
  // None for a request whose sender has no connections to open.
  std::optional<std::uint32_t> closures_when_opened(std::uint32_t request) const {
    if (request >= carried_.size() || carried_[request].generation != requests.generation(request)) return std::nullopt;
    return carried_[request].closures;
  }

  const Scenario& scenario;
  std::uint64_t seed;
  bool opens_connections = false;  // some sidecar does
  EventQueue queue;
  Slab<Request> requests;
  Slab<Probe> probes;
  std::vector<bool> reports_load;      // by service: some policy has a use for its load reports
  std::vector<LoadReport> reports;     // by request, of services that report: with the answer under way
  std::vector<Duration> pushbacks;     // by request, of those whose answer under way pushes back
  std::unique_ptr<Network> network;
  std::optional<Duration> constant_delay;  // of each message, where nothing else delays any
  Recorder recorder;
  std::optional<CallLogger> call_log;  // where it is asked for
  std::vector<InstanceAddress> instances;  // by number, all services together
  std::vector<Door> doors;                 // by number
  std::vector<NodeId> sidecar_nodes;       // by number of the sidecar
  NodeId nodes = 0;                        // sidecars and instances so far

 private:
  void send_by_network(Time now, const Request& request, Draw purpose, std::uint64_t bytes,
                       const Event& on_arrival);
  void send_by_network(Time now, const Probe& probe, Draw purpose, const Event& on_arrival);
  template <class Sender>
  void send_between(Time now, const Sender& sender, Draw purpose, std::uint64_t bytes, const Event& on_arrival);

  struct Carried {
    std::uint32_t generation = ~0u;
    std::uint32_t closures = 0;
  };

  std::vector<Carried> carried_;  // by request
  std::vector<Time> latest_out_;  // by sidecar, with overheads: when the machine has let the last message go
};

}  // namespace meshtwin
