#include "core/upstream/endpoint_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace meshtwin {

void EndpointSet::update(MembershipPtr membership) {
  assert(membership != nullptr);
  membership_ = std::move(membership);
  if (active_.size() < membership_->index_bound()) active_.resize(membership_->index_bound(), 0);
  std::erase_if(ejected_, [this](EndpointIndex e) { return !membership_->contains(e); });
  rebuild();
}

bool EndpointSet::is_eligible(EndpointIndex endpoint) const {
  const auto list = eligible();
  return std::binary_search(list.begin(), list.end(), endpoint);
}

void EndpointSet::set_ejected(EndpointIndex endpoint, bool ejected) {
  const auto at = std::lower_bound(ejected_.begin(), ejected_.end(), endpoint);
  const bool is_ejected = at != ejected_.end() && *at == endpoint;
  if (is_ejected == ejected) return;
  if (ejected && !(membership_ && membership_->contains(endpoint))) return;
  if (ejected) {
    ejected_.insert(at, endpoint);
  } else {
    ejected_.erase(at);
  }
  rebuild();
}

void EndpointSet::rebuild() {
  ++version_;
  eligible_.clear();
  if (ejected_.empty()) return;
  const auto members = all();
  std::set_difference(members.begin(), members.end(), ejected_.begin(), ejected_.end(),
                      std::back_inserter(eligible_));
}

}  // namespace meshtwin
