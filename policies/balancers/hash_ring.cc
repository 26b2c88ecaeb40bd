#include "policies/balancers/hash_ring.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <utility>

#include "core/random/stream.h"
#include "policies/balancers/weighted_members.h"

namespace meshtwin {

void HashRing::build(const EndpointSet& endpoints) {
  const WeightedMembers members(endpoints);
  const double lightest = members.least() / members.sum();
  const double scale = std::fmin(std::ceil(lightest * config_.minimum_ring_size) / lightest,
                                 static_cast<double>(config_.maximum_ring_size));
  std::vector<std::pair<std::uint64_t, EndpointIndex>> ring;
  double wanted = 0;
  for (const auto& [endpoint, weight] : members) {
    const std::string name = endpoints.name(endpoint) + "_";
    wanted += scale * (weight / members.sum());
    for (std::uint32_t i = 0; static_cast<double>(ring.size()) < wanted; ++i) {
      ring.emplace_back(xxh64(name + std::to_string(i)), endpoint);
    }
  }
  std::sort(ring.begin(), ring.end());
  points_.clear();
  endpoints_.clear();
  for (const auto& [point, endpoint] : ring) {
    points_.push_back(point);
    endpoints_.push_back(endpoint);
  }
  index();
  measure_shares(endpoints.index_bound());
}

// About one point for each entry.
void HashRing::index() {
  const int bits = std::max(static_cast<int>(std::bit_width(points_.size())), 1);
  shift_ = 64 - bits;
  first_.assign(std::size_t{1} << bits, 0);
  std::uint32_t next = 0;
  for (std::size_t upper = 0; upper < first_.size(); ++upper) {
    while (next < points_.size() && points_[next] >> shift_ < upper) ++next;
    first_[upper] = next;
  }
}

void HashRing::measure_shares(std::size_t index_bound) {
  shares_.assign(index_bound, 0);
  std::uint64_t before = points_.back();
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const std::uint64_t arc = points_[i] - before;  // wraps; the whole ring, where there is one point
    shares_[endpoints_[i]] += points_.size() == 1 ? 1 : std::ldexp(static_cast<double>(arc), -64);
    before = points_[i];
  }
}

std::size_t HashRing::place(std::uint64_t key) const {
  std::size_t at = first_[key >> shift_];
  while (at < points_.size() && points_[at] < key) ++at;
  return at < points_.size() ? at : 0;
}

}  // namespace meshtwin
