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
  for (auto& list : ejected_) std::erase_if(list, [this](EndpointIndex e) { return !membership_->contains(e); });
  rebuild();
}

void EndpointSet::adopt_active(const EndpointSet& whole) {
  std::fill(active_.begin(), active_.end(), 0);
  total_active_ = 0;
  for (const EndpointIndex e : all()) {
    active_[e] = whole.active(e);
    total_active_ += active_[e];
  }
}

Standing EndpointSet::standing(EndpointIndex endpoint) const {
  if (!membership_ || !membership_->contains(endpoint)) return Standing::not_a_member;
  if (!membership_->healthy(endpoint)) return Standing::unhealthy;
  return is_eligible(endpoint) ? Standing::eligible : Standing::ejected;
}

void EndpointSet::set_ejected(EndpointIndex endpoint, bool ejected, EjectedBy by) {
  auto& list = ejected_[static_cast<std::size_t>(by)];
  const auto at = std::lower_bound(list.begin(), list.end(), endpoint);
  const bool is_ejected = at != list.end() && *at == endpoint;
  if (is_ejected == ejected) return;
  if (ejected && !(membership_ && membership_->contains(endpoint))) return;
  if (ejected) {
    list.insert(at, endpoint);
  } else {
    list.erase(at);
  }
  rebuild();
}

bool EndpointSet::is_ejected_by(EndpointIndex endpoint, EjectedBy by) const {
  const auto& list = ejected_[static_cast<std::size_t>(by)];
  return std::binary_search(list.begin(), list.end(), endpoint);
}

EndpointSet::Changes::~Changes() {
  endpoints_.holds_changes_ = false;
  if (std::exchange(endpoints_.changed_, false)) endpoints_.rebuild();
}

void EndpointSet::rebuild() {
  if (holds_changes_) {
    changed_ = true;
    return;
  }
  ++version_;
  eligible_.clear();
  out_.clear();
  if (membership_) {
    ejected_by_any_.clear();
    std::set_union(ejected_[0].begin(), ejected_[0].end(), ejected_[1].begin(), ejected_[1].end(),
                   std::back_inserter(ejected_by_any_));
    const auto& unhealthy = membership_->unhealthy();
    std::set_union(ejected_by_any_.begin(), ejected_by_any_.end(), unhealthy.begin(), unhealthy.end(),
                   std::back_inserter(out_));
  }
  all_eligible_ = out_.empty();
  if (all_eligible_) return;
  const auto members = all();
  std::set_difference(members.begin(), members.end(), out_.begin(), out_.end(),
                      std::back_inserter(eligible_));
}

}  // namespace meshtwin
