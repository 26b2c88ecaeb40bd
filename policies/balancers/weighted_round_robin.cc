#include "policies/balancers/weighted_round_robin.h"

#include <utility>

#include "core/upstream/uniform_pick.h"

namespace meshtwin {

Pick WeightedRoundRobinBalancer::pick(const PickContext& context) {
  const EndpointSet& endpoints = context.endpoints;
  const auto eligible = endpoints.eligible();
  if (version_ != endpoints.version()) rebuild(endpoints);
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

void WeightedRoundRobinBalancer::rebuild(const EndpointSet& endpoints) {
  version_ = endpoints.version();
  const auto eligible = endpoints.eligible();
  const std::int64_t old_sum = weight_sum_;
  weight_sum_ = 0;
  for (const EndpointIndex e : eligible) weight_sum_ += endpoints.weight(e);
  all_zero_ = weight_sum_ == 0;
  if (all_zero_) weight_sum_ = static_cast<std::int64_t>(eligible.size());
  // A score in units of the sum is how many picks the endpoint is owed. That is what has to be kept: a score
  // of large weights would keep an endpoint out for long once the weights are small.
  const double scale = old_sum > 0 ? static_cast<double>(weight_sum_) / static_cast<double>(old_sum) : 0;
  std::vector<std::int64_t> kept(eligible.back() + std::size_t{1}, 0);
  for (const EndpointIndex e : eligible) {
    if (e >= scores_.size()) break;
    kept[e] = static_cast<std::int64_t>(static_cast<double>(scores_[e]) * scale);
  }
  scores_ = std::move(kept);
}

}  // namespace meshtwin
