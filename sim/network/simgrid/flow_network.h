// The SimGrid network model: messages with bytes are flows that share the links of a platform.
#pragma once

#include <memory>

#include "core/config/scenario.h"
#include "core/result.h"
#include "sim/engine/event_queue.h"
#include "sim/network/network.h"

namespace meshtwin {

// For a scenario whose network is a SimgridNetwork; once a process. Messages without bytes take the latency
// of their path alone and no bandwidth. A message whose path breaks reaches its client as a reset connection.
// `check`: whether the parties can reach each other is looked at first.
Result<std::unique_ptr<Network>> make_flow_network(const Scenario& scenario, EventQueue& queue, bool check);

}  // namespace meshtwin
