// Aperture: two choices among just so many endpoints that each has about one request under way.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Finagle's load band (Balancers.scala, LoadBand.scala): the requests under way, averaged over time with the weight
// exp(-age / smoothing), divided by the width. At or above `high_load` the aperture widens by one endpoint, at or below
// `low_load` it narrows by one, at most once a request's start and once its end, and never below `min_size`.
// The endpoints stand in an order that follows from their names and the client's seed (rendezvous hashing), so that
// changes of members move few of them in or out; those of weight 0 come last. Of two distinct ones drawn at random from
// those in the aperture the one with fewer (active + 1) / weight wins, the one drawn first on a tie. Finagle's
// deterministic aperture, which shares endpoints out between known peers, is not this one.
class ApertureBalancer final : public Balancer {
 public:
  ApertureBalancer(const ApertureConfig& config, std::uint64_t seed);
  bool learns() const override { return true; }
  void on_start(Time now, const EndpointSet& endpoints, EndpointIndex endpoint) override;
  void on_result(Time now, const EndpointSet& endpoints, const AttemptResult& result) override;
  Pick pick(const PickContext& context) override;
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet& endpoints) const override;
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

  // Endpoints in it, where there are so many.
  std::size_t width() const { return width_; }

 private:
  void refresh(const EndpointSet& endpoints);
  void adjust(Time now, std::uint64_t under_way);

  ApertureConfig config_;
  std::uint64_t seed_;
  std::vector<EndpointIndex> order_;  // the eligible ones
  std::size_t weightless_ = 0;        // at its end
  std::uint64_t version_ = ~std::uint64_t{0};
  std::size_t width_;
  double average_ = 0;          // requests under way
  std::uint64_t under_way_ = 0; // since at_
  Time at_{};
};

}  // namespace meshtwin
