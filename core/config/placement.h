// Which of a service's endpoints a client uses, before its balancer picks among them. Every field has its default here.
#pragma once

#include <cstdint>

#include "core/time.h"

namespace meshtwin {

// Each client keeps to `size` of the members, chosen by rendezvous hashing.
struct SubsetConfig {
  std::uint32_t size = 20;  // at least 1
};

// Endpoints of a lower priority are used as far as those above have too few healthy ones.
struct PrioritiesConfig {
  double overprovisioning = 1.4;  // a level of n members takes all of its load while n / this are eligible; 1 to 100
  double panic_threshold = 0.5;   // of eligible members, below which a level is used whole, well or not; 0: never
};

// Endpoints are divided by where they are.
struct LocalityConfig {
  enum class Prefer : std::uint8_t {
    local,   // the client's own locality, as far as enough is eligible there; the others take the rest
    weight,  // each locality in proportion to its members' weights, as far as enough is eligible there
  };
  Prefer prefer = Prefer::local;
  double overprovisioning = 1.4;  // as above
};

// An endpoint that became eligible gets a growing part of what it would get: after the time t
//   max(min_share, (max(t, 1 s) / window)^(1 / aggression))
struct SlowStartConfig {
  Duration window = std::chrono::seconds(60);  // above 0
  double aggression = 1;                       // above 1: faster at first; 0.01 to 100
  double min_share = 0.1;                      // 0.001 to 1
};

}  // namespace meshtwin
