// What this machine adds to calls that are played on it, in the form in which scenarios take it up.
#pragma once

#include <string>

#include "core/config/scenario.h"
#include "real/testbed/records.h"

namespace meshtwin {

// One service that is never short of workers, at a low rate: what is measured beside its service time is the
// machine's.
Scenario calibration_scenario();

struct MachineFacts {
  std::string processor;
  unsigned processors = 1;
  std::string kernel;
  std::string date;  // UTC
};
MachineFacts facts_of_this_machine();

// JSON. From a run of calibration_scenario, over its calls past the warm-up:
// - to_sidecar: from a call's due time to its sidecar's having it;
// - request_path: from there to its arrival at the instance;
// - timer_lateness: how much longer than its service time a request kept its worker;
// - answer_lateness: from there to its answer's being sent;
// - response_path: from there to the sidecar's having it;
// - from_sidecar: from there to its arrival at the client;
// - for people: added_p50, the median of what a call took beside its service time; warnings, where the machine was
//   disturbed.
std::string calibration_text(const Scenario& scenario, const PlayedRun& run, const MachineFacts& machine);

}  // namespace meshtwin
