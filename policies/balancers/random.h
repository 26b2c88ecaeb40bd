// Random: each eligible endpoint with the same probability, whatever its weight or load.
#pragma once

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Constant time. With Poisson arrivals each of n endpoints sees Poisson arrivals at a rate of 1/n.
class RandomBalancer final : public Balancer {
 public:
  Pick pick(const PickContext& context) override;
};

}  // namespace meshtwin
