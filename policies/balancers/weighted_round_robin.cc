#include "policies/balancers/weighted_round_robin.h"

#include <algorithm>
#include <utility>

#include "core/upstream/uniform_pick.h"

namespace meshtwin {

Pick WeightedRoundRobinBalancer::pick(const PickContext& context) {
  const EndpointSet& endpoints = context.endpoints;
  const auto eligible = endpoints.eligible();
  if (version_ != endpoints.version()) {
    version_ = endpoints.version();
    std::vector<std::int64_t> kept(eligible.back() + std::size_t{1}, 0);
    for (const EndpointIndex e : eligible) kept[e] = e < scores_.size() ? scores_[e] : 0;
    scores_ = std::move(kept);
    all_zero_ = std::all_of(eligible.begin(), eligible.end(),
                            [&](EndpointIndex e) { return endpoints.weight(e) == 0; });
  }
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  const auto weight_of = [&](EndpointIndex e) { return all_zero_ ? std::int64_t{1} : endpoints.weight(e); };
  std::int64_t sum = 0;
  const EndpointIndex* best = nullptr;
  const EndpointIndex* best_without_weight = nullptr;
  for (const EndpointIndex& e : eligible) {
    if (restricted && context.excludes(e)) continue;
    const std::int64_t weight = weight_of(e);
    if (weight == 0) {
      if (best_without_weight == nullptr) best_without_weight = &e;
      continue;
    }
    scores_[e] += weight;
    sum += weight;
    if (best == nullptr || scores_[e] > scores_[*best]) best = &e;
  }
  if (best == nullptr) return Pick::picked(*best_without_weight);
  scores_[*best] -= sum;
  return Pick::picked(*best);
}

}  // namespace meshtwin
