#include "policies/balancers/replica_ring.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/upstream/uniform_pick.h"
#include "policies/balancers/weighted_members.h"

namespace meshtwin {
namespace {

__extension__ using Word128 = unsigned __int128;

std::size_t place_of(std::uint64_t key, std::size_t size) {
  return static_cast<std::size_t>(static_cast<Word128>(key) * size >> 64);
}

}  // namespace

void ReplicaRing::refresh(const EndpointSet& endpoints) {
  if (members_ == endpoints.membership()) [[likely]] return;
  const bool same = members_ != nullptr && members_->same_weights(*endpoints.membership());
  members_ = endpoints.membership();
  if (same) return;
  std::vector<std::pair<std::string, EndpointIndex>> named;
  for (const auto& [endpoint, weight] : WeightedMembers(endpoints)) {
    named.emplace_back(endpoints.name(endpoint), endpoint);
  }
  std::sort(named.begin(), named.end());
  ring_.clear();
  for (const auto& [name, endpoint] : named) ring_.push_back(endpoint);
}

std::size_t ReplicaRing::draw(const PickContext& context, std::size_t count, std::span<EndpointIndex> drawn) {
  refresh(context.endpoints);
  const std::size_t place = place_of(context.key ? *context.key : context.random.next(), ring_.size());
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  std::size_t taken = 0;
  for (std::size_t step = 0; step < ring_.size() && (step < count || taken == 0); ++step) {
    const EndpointIndex e = ring_[(place + step) % ring_.size()];
    if (context.endpoints.is_eligible(e) && !(restricted && context.excludes(e))) drawn[taken++] = e;
  }
  for (std::size_t i = 0; i + 1 < taken; ++i) std::swap(drawn[i], drawn[i + context.random.below(taken - i)]);
  return taken;
}

}  // namespace meshtwin
