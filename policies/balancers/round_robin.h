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
  // The number of eligible endpoints for one that is not eligible; 0 for all before the first pick.
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet&) const override {
    return {"turns to wait", ScoreOrder::lower_wins};
  }
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  std::size_t next_position(const EndpointSet& endpoints) const;
  void trace(const PickContext& context, std::size_t from, bool restricted) const;

  std::uint64_t version_ = ~std::uint64_t{0};
  std::size_t next_ = 0;  // position in the eligible endpoints
  EndpointIndex last_ = 0;
  bool started_ = false;
};

}  // namespace meshtwin
