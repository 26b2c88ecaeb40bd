// Endpoints by where they are: near ones first, or each place its part.
#pragma once

#include "core/config/placement.h"
#include "policies/placement/division.h"

namespace meshtwin {

// The health of a locality is min(1, overprovisioning * eligible / members).
// local: the client's own takes as much of the load as its health, the others the rest, in proportion to their weights
// times health. weight: all do, as Envoy's locality-weighted balancing (locality_weight.rst). A locality's weight is
// the sum of its members' weights.
class Localities final : public Division {
 public:
  explicit Localities(const LocalityConfig& config) : config_(config) {}
  std::vector<PartMembers> divide(const EndpointSet& endpoints) const override;

 private:
  LocalityConfig config_;
};

}  // namespace meshtwin
