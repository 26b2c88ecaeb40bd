// A subset of the members for each client, by rendezvous hashing.
#pragma once

#include "core/config/placement.h"
#include "policies/placement/division.h"

namespace meshtwin {

// The `size` members whose names hash highest together with the client's seed, whether eligible or not: as gRPC's A68,
// XXH64 of the name, seeded. When members come or go, each that leaves the subset makes way for one other at most.
class RendezvousSubset final : public Division {
 public:
  RendezvousSubset(const SubsetConfig& config, std::uint64_t seed) : config_(config), seed_(seed) {}
  std::vector<PartMembers> divide(const EndpointSet& endpoints) const override;

 private:
  SubsetConfig config_;
  std::uint64_t seed_;
};

}  // namespace meshtwin
