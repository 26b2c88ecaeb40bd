// Random: each eligible endpoint with the same probability, whatever its weight or load.
#pragma once

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Constant time. With Poisson arrivals each of n endpoints sees Poisson arrivals at a rate of 1/n.
class RandomBalancer final : public Balancer {
 public:
  Pick pick(const PickContext& context) override;
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet&) const override { return {"chance", ScoreOrder::drawn}; }
  void archive(StateArchive&, const EndpointSet&) override {}
};

}  // namespace meshtwin
