// Whether the parties of a scenario can reach each other.
#pragma once

#include "core/config/scenario.h"
#include "core/result.h"
#include "sim/network/simgrid/host_assignment.h"
#include "sim/network/simgrid/platform.h"

namespace meshtwin {

// Looks for a route, there and back, between the hosts of each caller and of each service that it calls.
// Looks at no more than 20,000 pairs of hosts; with more, the rest is found out when it is used.
Result<bool> check_routes(const Scenario& scenario, const Platform& platform,
                          const HostAssignment& assignment);

}  // namespace meshtwin
