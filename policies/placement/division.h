// How endpoints are divided into parts, and which part a pick goes to.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// One part to be: its members in ascending order.
struct PartMembers {
  std::vector<EndpointIndex> members;
  double load = 0;            // the share of the picks that go there; all of them make 1, but for rounding
  bool all_eligible = false;  // panic: well or not, all are used, but those that drain
};

class Division {
 public:
  virtual ~Division() = default;
  // Of the members of `endpoints`, which are known. Each member is in one part at most. Where nobody of a part with
  // a load is eligible, it panics, or its balancer has to. Follows from the arguments and the configuration alone.
  virtual std::vector<PartMembers> divide(const EndpointSet& endpoints) const = 0;
  // Whether parts may be in panic.
  virtual bool panics() const { return false; }
};

}  // namespace meshtwin
