// The replicas of a request's key: a few members that stand next to each other on a ring.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// All members of a weight above 0, or all where none has one, in the order of their names and evenly spaced, as nodes
// of a store with one token each: a key's replicas are the one at its place and those after it, so that each member is
// a replica of as many keys. Who isn't eligible keeps its place. A member that comes or goes takes one replica from each
// key at most, but two from those at the ring's seam.
class ReplicaRing {
 public:
  // The first `count` from the key's place on, less those that aren't eligible or are excluded, in random order; where
  // that leaves none, the next one on the ring that may be picked; none where nobody there may. Where each eligible
  // endpoint is excluded, exclusions don't count. A request without a key has a random place. Linear in `count`, and
  // in the members times a logarithm whenever they change.
  std::size_t draw(const PickContext& context, std::size_t count, std::span<EndpointIndex> drawn);

 private:
  void refresh(const EndpointSet& endpoints);

  std::vector<EndpointIndex> ring_;
  MembershipPtr members_;  // of the ring
};

}  // namespace meshtwin
