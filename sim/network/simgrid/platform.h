// The hosts and links of a scenario's network in SimGrid: from a platform file, or built from zones and
// routes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <simgrid/s4u.hpp>

#include "core/config/scenario.h"
#include "core/result.h"

namespace meshtwin {

struct Platform {
  std::unique_ptr<simgrid::s4u::Engine> engine;
  std::vector<simgrid::s4u::Host*> hosts;  // as written for inline zones, by name for a platform file
  // The hosts inside each zone, in the same order.
  std::map<std::string, std::vector<simgrid::s4u::Host*>> zones;
  bool links_change = false;  // by themselves, after a profile
  std::string file;           // the platform file; empty for inline zones
};

// Once a process. Errors begin with the JSON path in the scenario. Some faults of a platform file SimGrid
// answers by ending the process with one line on standard error, so this belongs into a child of its own.
Result<Platform> make_platform(const SimgridNetwork& network);

// The two ways; parts of make_platform.
Result<bool> load_platform_file(const std::string& file, Platform& platform);
Result<bool> build_zones(const SimgridNetwork& network, Platform& platform);

}  // namespace meshtwin
