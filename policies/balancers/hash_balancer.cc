#include "policies/balancers/hash_balancer.h"

#include <algorithm>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

__extension__ using Word128 = unsigned __int128;

}  // namespace

void HashSearch::measure(const EndpointSet& endpoints) {
  if (!balance_factor_ || version_ == endpoints.version()) return;
  version_ = endpoints.version();
  weight_sum_ = 0;
  for (const EndpointIndex e : endpoints.eligible()) weight_sum_ += endpoints.weight(e);
}

bool HashSearch::is_full(const EndpointSet& endpoints, EndpointIndex endpoint) const {
  if (!balance_factor_) return false;
  const bool weightless = weight_sum_ == 0;
  const Word128 weight = weightless ? 1 : endpoints.weight(endpoint);
  const Word128 weights = weightless ? endpoints.eligible().size() : weight_sum_;
  const Word128 all = endpoints.total_active() + 1;
  return endpoints.active(endpoint) * weights * 100 >= all * weight * *balance_factor_;
}

// Prefers those that may be picked, then those of a weight above 0, then those that aren't full.
EndpointIndex HashSearch::search_all(const PickContext& context, std::uint64_t key) const {
  const auto eligible = context.endpoints.eligible();
  const std::size_t from = mix(key, 0) % eligible.size();
  EndpointIndex best = eligible[from];
  int best_rank = -1;
  for (std::size_t i = 0; i < eligible.size() && best_rank < 7; ++i) {
    const EndpointIndex e = eligible[(from + i) % eligible.size()];
    const int rank = (context.excludes(e) ? 0 : 4) + (context.endpoints.weight(e) == 0 ? 0 : 2) +
                     (is_full(context.endpoints, e) ? 0 : 1);
    if (rank <= best_rank) continue;
    best = e;
    best_rank = rank;
  }
  if (context.trace != nullptr) context.trace->pick(best, kSearchMax);
  return best;
}

void HashSearch::begin_trace(PickTrace& trace) const {
  trace.begin(rule_, {"places after the key's", ScoreOrder::lower_wins});
}

// Each endpoint once, at its first place.
void HashSearch::trace(PickTrace& trace, EndpointIndex endpoint, std::size_t step, bool fits) {
  const auto known = trace.candidates();
  const bool seen = std::any_of(known.begin(), known.end(),
                                [&](const PickCandidate& candidate) { return candidate.endpoint == endpoint; });
  if (!seen) trace.consider(endpoint, static_cast<double>(step), !fits);
  if (fits) trace.pick(endpoint, static_cast<double>(step));
}

}  // namespace meshtwin
