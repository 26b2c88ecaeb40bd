// What all parts of one simulation share: the event queue, the requests, the network, the statistics.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/config/scenario.h"
#include "core/time.h"
#include "sim/engine/event_queue.h"
#include "sim/engine/request.h"
#include "sim/engine/slab.h"
#include "sim/network/network.h"
#include "sim/results/recorder.h"

namespace meshtwin {

// Where an instance is, and whose endpoint it is.
struct InstanceAddress {
  NodeId node = 0;
  std::uint32_t service = 0;
  EndpointIndex endpoint = 0;
};

struct Engine {
  Engine(const Scenario& of, std::uint64_t run_seed, bool series)
      : scenario(of), seed(run_seed), recorder(of, series) {}

  const Scenario& scenario;
  std::uint64_t seed;
  EventQueue queue;
  Slab<Request> requests;
  std::unique_ptr<Network> network;
  Recorder recorder;
  std::vector<InstanceAddress> instances;  // by number, all services together
  std::vector<NodeId> sidecar_nodes;       // by number of the sidecar
  NodeId nodes = 0;                        // sidecars and instances so far
};

}  // namespace meshtwin
