// Round robin: the eligible endpoints in order, whatever their weight or load.
#pragma once

#include <cstdint>

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Constant time. Starts at a random endpoint, so that many clients don't walk in step (as gRPC and Envoy do),
// and goes on after the last one picked when endpoints change.
class RoundRobinBalancer final : public Balancer {
 public:
  Pick pick(const PickContext& context) override;

 private:
  std::uint64_t version_ = ~std::uint64_t{0};
  std::size_t next_ = 0;  // position in the eligible endpoints
  EndpointIndex last_ = 0;
  bool started_ = false;
};

}  // namespace meshtwin
