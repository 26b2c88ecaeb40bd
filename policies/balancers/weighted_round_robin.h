// Weighted round robin: in turn, as often as the weights say, without bursts on the heavy endpoints.
#pragma once

#include <cstdint>
#include <vector>

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Smooth weighted round robin as NGINX has it: each pick raises every endpoint's score by its weight, takes
// the highest one and lowers that by the sum of the weights. Linear in the number of endpoints. Endpoints of
// weight 0 get nothing unless all weights are 0; then plain rounds. When endpoints or weights change, what an
// endpoint is owed is kept in picks, so that frequent changes don't start the sequence again and again.
class WeightedRoundRobinBalancer final : public Balancer {
 public:
  Pick pick(const PickContext& context) override;
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet&) const override {
    return {"current weight", ScoreOrder::higher_wins};
  }
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  std::int64_t weight_of(const EndpointSet& endpoints, EndpointIndex endpoint) const {
    return all_zero_ ? 1 : std::int64_t{endpoints.weight(endpoint)};
  }
  void trace(const PickContext& context, bool restricted, EndpointIndex winner) const;
  void rebuild(const EndpointSet& endpoints);

  std::vector<std::int64_t> scores_;  // by endpoint; those of endpoints that left are forgotten
  std::uint64_t version_ = ~std::uint64_t{0};
  std::int64_t weight_sum_ = 0;  // of the eligible endpoints
  bool all_zero_ = false;
};

}  // namespace meshtwin
