#include "policies/balancers/round_robin.h"

#include <algorithm>

#include "core/config/policy.h"
#include "core/upstream/uniform_pick.h"

namespace meshtwin {

Pick RoundRobinBalancer::pick(const PickContext& context) {
  const auto eligible = context.endpoints.eligible();
  if (!started_) {
    started_ = true;
    version_ = context.endpoints.version();
    next_ = context.random.below(eligible.size());
  } else if (version_ != context.endpoints.version()) {
    next_ = next_position(context.endpoints);
    version_ = context.endpoints.version();
  }
  std::size_t at = next_;
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  if (restricted) {
    while (context.excludes(eligible[at])) at = at + 1 == eligible.size() ? 0 : at + 1;
  }
  last_ = eligible[at];
  if (context.trace != nullptr) trace(context, next_, restricted);
  next_ = at + 1 == eligible.size() ? 0 : at + 1;
  return Pick::picked(last_);
}

std::size_t RoundRobinBalancer::next_position(const EndpointSet& endpoints) const {
  if (version_ == endpoints.version()) return next_;
  const auto eligible = endpoints.eligible();
  const auto after = std::upper_bound(eligible.begin(), eligible.end(), last_);
  return after == eligible.end() ? 0 : static_cast<std::size_t>(after - eligible.begin());
}

double RoundRobinBalancer::score(const EndpointSet& endpoints, EndpointIndex endpoint, Time) const {
  if (!started_) return 0;
  const auto eligible = endpoints.eligible();
  const auto at = std::lower_bound(eligible.begin(), eligible.end(), endpoint);
  if (at == eligible.end() || *at != endpoint) return static_cast<double>(eligible.size());
  const std::size_t position = static_cast<std::size_t>(at - eligible.begin());
  const std::size_t next = next_position(endpoints);
  return static_cast<double>(position >= next ? position - next : position + eligible.size() - next);
}

// The winner is among the next ones, since fewer are excluded than a trace holds.
void RoundRobinBalancer::trace(const PickContext& context, std::size_t from, bool restricted) const {
  static_assert(kMaxAttempts < PickTrace::kMaxCandidates);
  const auto eligible = context.endpoints.eligible();
  PickTrace& out = *context.trace;
  out.begin("round_robin: the next in order", score_meaning(context.endpoints));
  double turn = 0;
  double winner_turn = 0;
  for (std::size_t i = 0; i < std::min(eligible.size(), PickTrace::kMaxCandidates); ++i, ++turn) {
    const EndpointIndex e = eligible[(from + i) % eligible.size()];
    if (e == last_) winner_turn = turn;
    out.consider(e, turn, restricted && context.excludes(e));
  }
  out.pick(last_, winner_turn);
}

}  // namespace meshtwin
