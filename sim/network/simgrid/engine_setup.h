// SimGrid's engine as meshtwin wants it.
#pragma once

#include <memory>

#include <simgrid/s4u.hpp>

namespace meshtwin {

// The engine of this process (SimGrid allows one, ever), before it has any host: a flow takes
// latency_factor * latency + bytes / (bandwidth_factor * bandwidth) when it is alone. What SimGrid has to say
// goes to standard error as bare lines. Leaves the process's signal handlers as they are.
std::unique_ptr<simgrid::s4u::Engine> make_engine(double latency_factor, double bandwidth_factor);

}  // namespace meshtwin
