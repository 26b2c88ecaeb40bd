#include "policies/balancers/weighted_round_robin.h"

#include <utility>

#include "core/upstream/uniform_pick.h"

namespace meshtwin {

Pick WeightedRoundRobinBalancer::pick(const PickContext& context) {
  const EndpointSet& endpoints = context.endpoints;
  const auto eligible = endpoints.eligible();
  if (version_ != endpoints.version()) rebuild(endpoints);
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  std::int64_t sum = 0;
  const EndpointIndex* best = nullptr;
  const EndpointIndex* best_without_weight = nullptr;
  for (const EndpointIndex& e : eligible) {
    if (restricted && context.excludes(e)) continue;
    const std::int64_t weight = weight_of(endpoints, e);
    if (weight == 0) {
      if (best_without_weight == nullptr) best_without_weight = &e;
      continue;
    }
    scores_[e] += weight;
    sum += weight;
    if (best == nullptr || scores_[e] > scores_[*best]) best = &e;
  }
  const EndpointIndex winner = best != nullptr ? *best : *best_without_weight;
  if (context.trace != nullptr) trace(context, restricted, winner);
  if (best != nullptr) scores_[winner] -= sum;
  return Pick::picked(winner);
}

double WeightedRoundRobinBalancer::score(const EndpointSet& endpoints, EndpointIndex endpoint, Time) const {
  if (!endpoints.is_eligible(endpoint)) return 0;
  const std::int64_t score = endpoint < scores_.size() ? scores_[endpoint] : 0;
  return static_cast<double>(score + weight_of(endpoints, endpoint));
}

void WeightedRoundRobinBalancer::trace(const PickContext& context, bool restricted,
                                       EndpointIndex winner) const {
  PickTrace& out = *context.trace;
  out.begin("weighted_round_robin: highest current weight", score_meaning(context.endpoints));
  const bool none_has_weight = weight_of(context.endpoints, winner) == 0;
  for (const EndpointIndex e : context.endpoints.eligible()) {
    if (!none_has_weight && weight_of(context.endpoints, e) == 0) continue;
    out.consider(e, static_cast<double>(scores_[e]), restricted && context.excludes(e));
  }
  out.pick(winner, static_cast<double>(scores_[winner]));
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
