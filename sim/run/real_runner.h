// Plays a scenario for real: meshtwin-testbed runs each replication, with backends, proxy and load generator.
#pragma once

#include <string>
#include <vector>

#include "sim/run/runner.h"

namespace meshtwin {

struct RealPlay {
  std::string program;           // the path of meshtwin-testbed
  std::string file;              // of the scenario, which the testbed reads for itself
  std::vector<std::string> set;  // `path=value` texts that change it first
};

// One replication after the other, whatever the plan's `parallel`. A stop is passed on, and what had been
// measured by then comes back as a partial result. Errors: what can't be played for real, or a testbed that
// failed.
Runner real_runner(RealPlay play);

}  // namespace meshtwin
