// The faults that hold at one instance at a moment, and what they make of its requests.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/scenario.h"

namespace meshtwin {

// The faults are referred to, and have to outlive it.
class InstanceFaults {
 public:
  // False where it holds already.
  bool begin(const FaultConfig& fault);
  void end(const FaultConfig& fault);

  bool any() const { return !held_.empty(); }
  bool crashed() const { return holds<CrashFault>(); }
  bool blackholed() const { return holds<BlackholeFault>(); }
  // Of the attempt with seed `attempt` at an instance whose service times are `normal`: the last DelayFault
  // to begin replaces them, every SlowFault multiplies.
  Duration service_time(const Distribution& normal, std::uint64_t attempt) const;
  // What that attempt is answered at once, null where nothing; error rates of several faults are independent.
  const RefusalConfig* refusal(std::uint64_t attempt) const;

 private:
  template <class Kind>
  bool holds() const {
    for (const FaultConfig* fault : held_) {
      if (std::holds_alternative<Kind>(fault->kind)) return true;
    }
    return false;
  }

  std::vector<const FaultConfig*> held_;  // in order of their beginning
};

}  // namespace meshtwin
