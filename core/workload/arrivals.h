// When requests come in: one open-loop arrival process for each client.
#pragma once

#include <cstdint>
#include <memory>

#include "core/config/scenario.h"
#include "core/time.h"

namespace meshtwin {

class ArrivalProcess {
 public:
  virtual ~ArrivalProcess() = default;
  // The next arrival, never before the last one; kNever when there are no more.
  virtual Time next() = 0;
};

// The process that the scenario asks for, with its own random stream; null for a closed loop.
std::unique_ptr<ArrivalProcess> make_arrivals(const ArrivalConfig& config, std::uint64_t seed);

}  // namespace meshtwin
