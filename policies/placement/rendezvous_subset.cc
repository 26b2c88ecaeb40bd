#include "policies/placement/rendezvous_subset.h"

#include <algorithm>
#include <utility>

#include "core/random/stream.h"

namespace meshtwin {

std::vector<PartMembers> RendezvousSubset::divide(const EndpointSet& endpoints) const {
  const auto& members = endpoints.membership()->endpoints();
  PartMembers part;
  part.members = members;
  if (members.size() > config_.size) {
    std::vector<std::pair<std::uint64_t, EndpointIndex>> ranked;
    ranked.reserve(members.size());
    for (const EndpointIndex e : members) ranked.emplace_back(xxh64(endpoints.name(e), seed_), e);
    const auto end = ranked.begin() + static_cast<std::ptrdiff_t>(config_.size);
    std::nth_element(ranked.begin(), end, ranked.end(), std::greater<>());
    part.members.clear();
    for (auto chosen = ranked.begin(); chosen != end; ++chosen) part.members.push_back(chosen->second);
    std::sort(part.members.begin(), part.members.end());
  }
  part.load = part.members.empty() ? 0 : 1;
  return {std::move(part)};
}

}  // namespace meshtwin
