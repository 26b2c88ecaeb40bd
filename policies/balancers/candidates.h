// Candidates for a pick, drawn at random or by key: what balancers that compare a few endpoints share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"
#include "policies/balancers/replica_ring.h"

namespace meshtwin {

// Draws distinct endpoints uniformly among those that a pick may go to: eligible, of a weight above 0 unless
// all others are excluded or weightless too, and not excluded unless all are. By key, it draws the replicas of the
// request's key instead (ReplicaRing).
class Candidates {
 public:
  using Drawn = std::array<EndpointIndex, kMaxChoices>;

  explicit Candidates(bool by_key = false) {
    if (by_key) ring_.emplace();
  }
  bool by_key() const { return ring_.has_value(); }

  // How many were drawn: `count`, or all that there are; at least 1. In random order, so that the first of
  // equals may win. Constant time, and linear in the endpoints once whenever they change, for unequal weights.
  std::size_t draw(const PickContext& context, std::size_t count, Drawn& drawn) {
    const std::span<const EndpointIndex> eligible = context.endpoints.eligible();
    if (by_key()) [[unlikely]] return draw_any(context, count, drawn);
    if (count == 2 && eligible.size() >= 2 && context.excluded.empty() && context.endpoints.equal_weights())
        [[likely]] {
      const auto [first, second] = context.random.distinct_pair(static_cast<std::uint32_t>(eligible.size()));
      drawn[0] = eligible[first];
      drawn[1] = eligible[second];
      return 2;
    }
    return draw_any(context, count, drawn);
  }

  // One of those that draw() might answer, each as likely.
  Pick pick_uniformly(const PickContext& context, std::size_t count);

 private:
  using Endpoints = std::span<const EndpointIndex>;
  std::size_t draw_any(const PickContext& context, std::size_t count, Drawn& drawn);
  void refresh(const EndpointSet& endpoints);

  std::optional<ReplicaRing> ring_;
  std::vector<EndpointIndex> heavy_;   // eligible, of a weight above 0; for unequal weights alone
  std::vector<EndpointIndex> weightless_;
  std::uint64_t version_ = ~std::uint64_t{0};
};

}  // namespace meshtwin
