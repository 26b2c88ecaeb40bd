// Levels of endpoints that take over from each other as they fail.
#pragma once

#include "core/config/placement.h"
#include "policies/placement/division.h"

namespace meshtwin {

// Envoy's priority levels (panic_threshold.rst, priority.rst of its documentation). The health of a level is
// min(100 %, overprovisioning * eligible / members); it takes as much of the load as its health, less what the levels
// above it take. Where the healths make less than 100 % in all, they are scaled up to it, and a level whose eligible
// part is below `panic_threshold` panics: all its members are used, eligible or not, but those that drain. Where no
// level has anyone eligible, the first one takes all of it, in panic; without a threshold, nobody does.
class PriorityLevels final : public Division {
 public:
  explicit PriorityLevels(const PrioritiesConfig& config) : config_(config) {}
  std::vector<PartMembers> divide(const EndpointSet& endpoints) const override;
  bool panics() const override { return config_.panic_threshold > 0; }

 private:
  PrioritiesConfig config_;
};

}  // namespace meshtwin
