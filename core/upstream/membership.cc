#include "core/upstream/membership.h"

#include <algorithm>
#include <cassert>

namespace meshtwin {

Membership::Membership(const std::vector<Member>& members) {
  if (members.empty()) return;
  endpoints_.reserve(members.size());
  weights_.resize(members.back().endpoint + std::size_t{1}, 0);
  contains_.resize(weights_.size());
  for (const Member& member : members) {
    assert(endpoints_.empty() || endpoints_.back() < member.endpoint);
    endpoints_.push_back(member.endpoint);
    weights_[member.endpoint] = member.weight;
    contains_[member.endpoint] = true;
    if (!member.healthy || member.draining) unhealthy_.push_back(member.endpoint);
    if (member.draining) draining_.push_back(member.endpoint);
    if (member.priority != 0 || member.locality != 0) {
      places_.resize(weights_.size());
      places_[member.endpoint] = {member.locality, member.priority};
    }
    equal_weights_ = equal_weights_ && member.weight == members.front().weight;
  }
}

bool Membership::draining(EndpointIndex endpoint) const {
  return std::binary_search(draining_.begin(), draining_.end(), endpoint);
}

Member Membership::member(EndpointIndex endpoint) const {
  const bool drains = draining(endpoint);
  const bool out = std::binary_search(unhealthy_.begin(), unhealthy_.end(), endpoint);
  return {endpoint, weight(endpoint), !out || drains, drains, priority(endpoint), locality(endpoint)};
}

bool Membership::healthy(EndpointIndex endpoint) const {
  return contains(endpoint) && !std::binary_search(unhealthy_.begin(), unhealthy_.end(), endpoint);
}

}  // namespace meshtwin
