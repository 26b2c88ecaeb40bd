// Maglev's table: each key has an entry, and entries are dealt out to the endpoints almost evenly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/config/balancer.h"
#include "core/upstream/endpoint_set.h"

namespace meshtwin {

// Endpoints take turns, in proportion to their weights, at taking the next free entry of a permutation that follows
// from their name: offset XXH64(name, 0) mod size, skip XXH64(name, 1) mod (size - 1) + 1 (Eisenbud et al., NSDI
// 2016; turns by weight as Envoy's maglev_lb.cc has them). With equal weights numbers of entries differ by one at
// most. With more endpoints than entries the last ones get none.
class MaglevTable {
 public:
  explicit MaglevTable(const MaglevConfig& config) : table_(config.table_size) {}

  // Of all members of a weight above 0, or of all where none has one. About size * ln(size) steps.
  void build(const EndpointSet& endpoints);

  // The place where a key's search begins. Places count from 0 to size() - 1.
  std::size_t place(std::uint64_t key) const { return key % table_.size(); }
  EndpointIndex endpoint(std::size_t place) const { return table_[place]; }
  std::size_t size() const { return table_.size(); }
  // The part of all keys that belongs to the endpoint.
  double share(EndpointIndex endpoint) const {
    return endpoint < counts_.size() ? counts_[endpoint] / static_cast<double>(table_.size()) : 0;
  }

 private:
  std::vector<EndpointIndex> table_;
  std::vector<std::uint32_t> counts_;  // entries by endpoint
};

}  // namespace meshtwin
