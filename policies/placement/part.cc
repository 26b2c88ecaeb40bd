#include "policies/placement/part.h"

#include "core/state_archive.h"

namespace meshtwin {

void Part::assign(const EndpointSet& whole, const std::vector<EndpointIndex>& members, bool all_eligible) {
  std::vector<Member> list;
  list.reserve(members.size());
  for (const EndpointIndex e : members) {
    Member member = whole.membership()->member(e);
    member.healthy = all_eligible || whole.is_eligible(e);
    list.push_back(member);
  }
  endpoints_.set_names(whole.names());
  endpoints_.set_own_locality(whole.own_locality());
  endpoints_.update(std::make_shared<const Membership>(list));
  endpoints_.adopt_active(whole);
}

void Part::archive(StateArchive& archive) {
  endpoints_.archive(archive);
  if (archive.failed()) return;
  balancer_->archive(archive, endpoints_);
}

}  // namespace meshtwin
