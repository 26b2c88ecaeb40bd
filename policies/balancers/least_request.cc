#include "policies/balancers/least_request.h"

#include <algorithm>
#include <array>

#include "core/random/deterministic_math.h"
#include "core/upstream/uniform_pick.h"

namespace meshtwin {

Pick LeastRequestBalancer::pick(const PickContext& context) {
  if (board_) [[unlikely]] board_->update(context.now, context.endpoints);
  if (!config_.choices) return Pick::picked(pick_of_all(context));
  if (candidates_.by_key()) [[unlikely]] return Pick::picked(pick_of_replicas(context));
  if (!context.endpoints.equal_weights()) return Pick::picked(pick_by_schedule(context));
  const auto eligible = context.endpoints.eligible();
  if (!plain_pair_ || eligible.size() < 2 || !context.excluded.empty()) {
    return Pick::picked(pick_of_few(context, *config_.choices));
  }
  // Apart, since a call after the pick would cost the usual one a quarter of its time.
  if (context.trace != nullptr) [[unlikely]] return Pick::picked(pick_of_two_traced(context, eligible));
  return Pick::picked(pick_of_two(context, eligible).winner);
}

inline LeastRequestBalancer::Pair LeastRequestBalancer::pick_of_two(const PickContext& context,
                                                                     Endpoints eligible) const {
  const auto [first, second] = context.random.distinct_pair(static_cast<std::uint32_t>(eligible.size()));
  const EndpointIndex a = eligible[first];
  const EndpointIndex b = eligible[second];
  // Which of the two wins is a coin's toss that no processor predicts: hence no branch.
  const EndpointIndex b_wins = context.endpoints.active(b) < context.endpoints.active(a) ? 1 : 0;
  return {{a, b}, a + (b - a) * b_wins};
}

EndpointIndex LeastRequestBalancer::pick_of_two_traced(const PickContext& context, Endpoints eligible) const {
  const Pair pair = pick_of_two(context, eligible);
  trace(context, pair.drawn, pair.winner);
  return pair.winner;
}

EndpointIndex LeastRequestBalancer::pick_of_few(const PickContext& context, std::uint32_t choices) const {
  const std::size_t allowed = allowed_count(context);
  const std::size_t pool = allowed > 0 ? allowed : context.endpoints.eligible().size();
  if (choices >= pool && !config_.replacement) return pick_of_all(context);
  std::array<EndpointIndex, kMaxChoices> drawn{};
  std::size_t count = 0;  // of different ones
  EndpointIndex best = 0;
  for (std::uint32_t draws = 0; (config_.replacement ? draws : count) < choices; ++draws) {
    const EndpointIndex candidate = pick_uniform(context);
    if (std::find(drawn.begin(), drawn.begin() + count, candidate) != drawn.begin() + count) continue;
    if (count == 0 || load(context.endpoints, candidate) < load(context.endpoints, best)) best = candidate;
    drawn[count++] = candidate;
  }
  if (context.trace != nullptr) trace(context, std::span(drawn).first(count), best);
  return best;
}

EndpointIndex LeastRequestBalancer::pick_of_replicas(const PickContext& context) {
  Candidates::Drawn drawn;
  const std::size_t count = candidates_.draw(context, *config_.choices, drawn);
  EndpointIndex best = drawn[0];
  for (std::size_t i = 1; i < count; ++i) {
    if (rank(context.endpoints, drawn[i]) > rank(context.endpoints, best)) best = drawn[i];
  }
  if (context.trace != nullptr) trace(context, std::span(drawn).first(count), best);
  return best;
}

EndpointIndex LeastRequestBalancer::pick_of_all(const PickContext& context) const {
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  EndpointIndex best = 0;
  double best_score = 0;
  std::uint64_t ties = 0;
  for (const EndpointIndex e : context.endpoints.eligible()) {
    if (restricted && context.excludes(e)) continue;
    const double s = rank(context.endpoints, e);
    if (ties == 0 || s > best_score) {
      best = e;
      best_score = s;
      ties = 1;
    } else if (s == best_score && context.random.below(++ties) == 0) {
      best = e;
    }
  }
  if (context.trace != nullptr) trace(context, context.endpoints.eligible(), best);
  return best;
}

double LeastRequestBalancer::rank(const EndpointSet& endpoints, EndpointIndex endpoint) const {
  const double with_this = load(endpoints, endpoint) + 1.0;
  const double weight = endpoints.weight(endpoint);
  if (endpoints.equal_weights()) return -with_this;
  if (config_.active_request_bias == 1.0) return weight / with_this;
  return weight / meshtwin::pow(with_this, config_.active_request_bias);
}

EndpointIndex LeastRequestBalancer::pick_by_schedule(const PickContext& context) {
  schedule_.refresh(context.endpoints, context.random);
  if (context.trace != nullptr) {
    context.trace->begin("least_request: earliest deadline of a schedule by weight / (active + 1)^bias",
                         {"virtual deadline", ScoreOrder::lower_wins});
  }
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  return schedule_.pick([&](EndpointIndex e) { return rank(context.endpoints, e); },
                        [&](EndpointIndex e) { return restricted && context.excludes(e); }, context.trace);
}

double LeastRequestBalancer::score(const EndpointSet& endpoints, EndpointIndex endpoint, Time) const {
  return endpoints.equal_weights() ? load(endpoints, endpoint) : rank(endpoints, endpoint);
}

ScoreMeaning LeastRequestBalancer::score_meaning(const EndpointSet& endpoints) const {
  if (endpoints.equal_weights()) {
    return {board_ ? "active requests at the last update" : "active requests", ScoreOrder::lower_wins};
  }
  return {"weight / (active + 1)^bias", ScoreOrder::higher_wins};
}

// `drawn` may hold excluded endpoints; those that it doesn't hold are put in besides.
void LeastRequestBalancer::trace(const PickContext& context, std::span<const EndpointIndex> drawn,
                                 EndpointIndex winner) const {
  const EndpointSet& endpoints = context.endpoints;
  const bool all = drawn.size() == endpoints.eligible().size();
  PickTrace& out = *context.trace;
  out.begin(!all                        ? "least_request: fewest active requests of those drawn"
            : endpoints.equal_weights() ? "least_request: fewest active requests of all"
                                        : "least_request: highest weight / (active + 1)^bias of all",
            score_meaning(endpoints));
  const auto score_of = [&](EndpointIndex e) { return score(endpoints, e, context.now); };
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  for (const EndpointIndex e : drawn) out.consider(e, score_of(e), restricted && context.excludes(e));
  if (!all) trace_excluded(context, out, score_of);
  out.pick(winner, score_of(winner));
}

}  // namespace meshtwin
