// A ring of hashes: keys and endpoints are points on it, and a key belongs to the endpoint at or after its point.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/config/balancer.h"
#include "core/upstream/endpoint_set.h"

namespace meshtwin {

// Endpoint NAME stands at the XXH64, seed 0, of NAME_0, NAME_1 and so on, in proportion to its weight, so that the
// ring has at least the least size and the lightest endpoint at least one point, as long as the greatest size allows:
// a ring of more endpoints than that leaves some of them out (Karger et al., STOC 1997; laid out
// as Envoy's ring_hash_lb.cc does). An endpoint that comes or goes moves the keys of its own points alone, as long as
// the number of points of the others stays.
class HashRing {
 public:
  explicit HashRing(const RingHashConfig& config) : config_(config) {}

  // Of all members of a weight above 0, or of all where none has one. Linear in the points, times a logarithm.
  void build(const EndpointSet& endpoints);

  // The place where a key's search begins; constant time on average. Places count from 0 to size() - 1.
  std::size_t place(std::uint64_t key) const;
  EndpointIndex endpoint(std::size_t place) const { return endpoints_[place]; }
  std::uint64_t point(std::size_t place) const { return points_[place]; }
  std::size_t size() const { return points_.size(); }
  // The part of all keys that belongs to the endpoint.
  double share(EndpointIndex endpoint) const { return endpoint < shares_.size() ? shares_[endpoint] : 0; }

 private:
  void index();
  void measure_shares(std::size_t index_bound);

  RingHashConfig config_;
  std::vector<std::uint64_t> points_;  // ascending
  std::vector<EndpointIndex> endpoints_;
  std::vector<std::uint32_t> first_;  // by a key's upper bits: the first point that isn't below all such keys
  int shift_ = 63;
  std::vector<double> shares_;
};

}  // namespace meshtwin
