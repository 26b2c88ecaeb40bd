// Why one call of a run went as it did.
#pragma once

#include <cstdint>
#include <vector>

#include "core/call/events.h"
#include "core/time.h"
#include "core/upstream/decision_log.h"

namespace meshtwin {

// Which call, to be filled in by a run: the decisions that its sidecar made about it, in their order. Those of the
// calls that it causes are not among them.
struct CallExplanation {
  std::uint32_t client = 0;  // of an open loop
  std::uint64_t number = 0;  // of its calls, from 0
  bool started = false;      // the run had such a call
  bool finished = false;     // before the run's end
  CallId id;
  std::uint32_t sidecar = 0;  // of the client's
  Time due{};
  Time ended{};
  Outcome outcome;
  std::vector<Decision> decisions;
};

}  // namespace meshtwin
