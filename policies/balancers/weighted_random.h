// Weighted random: each eligible endpoint with a probability in proportion to its weight.
#pragma once

#include <cstdint>
#include <vector>

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Constant time by an alias table (Walker 1977, Vose 1991), rebuilt in linear time when endpoints or weights
// change. Where all weights are zero, uniformly.
class WeightedRandomBalancer final : public Balancer {
 public:
  Pick pick(const PickContext& context) override;
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet&) const override { return {"chance", ScoreOrder::drawn}; }
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  struct Column {
    double share = 1;  // of this column that is the endpoint's own; the rest is the alias's
    EndpointIndex own = 0;
    EndpointIndex alias = 0;
  };
  void rebuild(const EndpointSet& endpoints);
  EndpointIndex draw(RandomStream& random) const;

  std::vector<Column> columns_;
  std::uint64_t version_ = ~std::uint64_t{0};
  double weight_sum_ = 0;  // of the eligible endpoints
};

}  // namespace meshtwin
