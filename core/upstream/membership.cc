#include "core/upstream/membership.h"

#include <algorithm>
#include <cassert>

namespace meshtwin {

Membership::Membership(const std::vector<Member>& members) {
  if (members.empty()) return;
  endpoints_.reserve(members.size());
  weights_.resize(members.back().endpoint + std::size_t{1}, 0);
  for (const Member& member : members) {
    assert(endpoints_.empty() || endpoints_.back() < member.endpoint);
    endpoints_.push_back(member.endpoint);
    weights_[member.endpoint] = member.weight;
    if (!member.healthy) unhealthy_.push_back(member.endpoint);
    equal_weights_ = equal_weights_ && member.weight == members.front().weight;
  }
}

bool Membership::contains(EndpointIndex endpoint) const {
  return std::binary_search(endpoints_.begin(), endpoints_.end(), endpoint);
}

bool Membership::healthy(EndpointIndex endpoint) const {
  return contains(endpoint) && !std::binary_search(unhealthy_.begin(), unhealthy_.end(), endpoint);
}

}  // namespace meshtwin
