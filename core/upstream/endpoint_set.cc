#include "core/upstream/endpoint_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace meshtwin {

std::string_view name(Standing standing) {
  switch (standing) {
    case Standing::eligible:
      return "eligible";
    case Standing::ejected:
      return "ejected";
    case Standing::unhealthy:
      return "unhealthy";
    case Standing::not_a_member:
      return "not_a_member";
  }
  return "unknown";
}

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

Standing EndpointSet::standing(EndpointIndex endpoint) const {
  if (!membership_ || !membership_->contains(endpoint)) return Standing::not_a_member;
  if (!membership_->healthy(endpoint)) return Standing::unhealthy;
  return is_eligible(endpoint) ? Standing::eligible : Standing::ejected;
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
  out_.clear();
  if (membership_) {
    const auto& unhealthy = membership_->unhealthy();
    std::set_union(ejected_.begin(), ejected_.end(), unhealthy.begin(), unhealthy.end(),
                   std::back_inserter(out_));
  }
  all_eligible_ = out_.empty();
  if (all_eligible_) return;
  const auto members = all();
  std::set_difference(members.begin(), members.end(), out_.begin(), out_.end(),
                      std::back_inserter(eligible_));
}

}  // namespace meshtwin
