#include "policies/balancers/candidates.h"

#include <algorithm>
#include <utility>

#include "core/upstream/uniform_pick.h"

namespace meshtwin {
namespace {

// Excluded ones that are in `pool`, each counted once. Both are short, or `pool` is in ascending order.
std::size_t excluded_count(const PickContext& context, std::span<const EndpointIndex> pool) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < context.excluded.size(); ++i) {
    const auto earlier = context.excluded.first(i);
    const EndpointIndex e = context.excluded[i];
    if (std::find(earlier.begin(), earlier.end(), e) != earlier.end()) continue;
    if (std::binary_search(pool.begin(), pool.end(), e)) ++count;
  }
  return count;
}

// As many as there are, up to `count`; 0 where each one of `pool` is excluded.
std::size_t draw_from(std::span<const EndpointIndex> pool, const PickContext& context, bool heed_exclusions,
                      std::size_t count, Candidates::Drawn& drawn) {
  const bool restricted = heed_exclusions && !context.excluded.empty();
  const auto allowed = [&](EndpointIndex e) { return !restricted || !context.excludes(e); };
  const std::size_t left = pool.size() - (restricted ? excluded_count(context, pool) : 0);
  if (left <= kMaxChoices) {
    std::size_t listed = 0;
    for (const EndpointIndex e : pool) {
      if (allowed(e)) drawn[listed++] = e;
    }
    const std::size_t taken = std::min(count, left);
    for (std::size_t i = 0; i < taken && i + 1 < left; ++i) {
      std::swap(drawn[i], drawn[i + context.random.below(left - i)]);
    }
    return taken;
  }
  std::size_t taken = 0;
  while (taken < count) {  // ends: more than kMaxChoices are allowed
    const EndpointIndex e = pool[context.random.below(pool.size())];
    const auto end = drawn.begin() + static_cast<std::ptrdiff_t>(taken);
    if (allowed(e) && std::find(drawn.begin(), end, e) == end) drawn[taken++] = e;
  }
  return taken;
}

}  // namespace

std::size_t Candidates::draw_any(const PickContext& context, std::size_t count, Drawn& drawn) {
  if (ring_) {
    if (const std::size_t taken = ring_->draw(context, count, drawn)) return taken;
  }
  const Endpoints eligible = context.endpoints.eligible();
  if (context.endpoints.equal_weights()) {
    if (const std::size_t taken = draw_from(eligible, context, true, count, drawn)) return taken;
    return draw_from(eligible, context, false, count, drawn);
  }
  refresh(context.endpoints);
  if (const std::size_t taken = draw_from(heavy_, context, true, count, drawn)) return taken;
  if (const std::size_t taken = draw_from(weightless_, context, true, count, drawn)) return taken;
  return draw_from(heavy_.empty() ? eligible : Endpoints(heavy_), context, false, count, drawn);
}

Pick Candidates::pick_uniformly(const PickContext& context, std::size_t count) {
  Drawn drawn;
  const std::size_t taken = draw(context, count, drawn);
  if (context.trace != nullptr) {
    context.trace->begin("retry.host random_other: uniformly among the key's replicas not tried",
                         {"chance", ScoreOrder::drawn});
    context.trace->pick(drawn[0], 1.0 / static_cast<double>(taken));
    trace_excluded(context, *context.trace, [](EndpointIndex) { return 0.0; });
  }
  return Pick::picked(drawn[0]);
}

void Candidates::refresh(const EndpointSet& endpoints) {
  if (version_ == endpoints.version()) return;
  version_ = endpoints.version();
  heavy_.clear();
  weightless_.clear();
  for (const EndpointIndex e : endpoints.eligible()) {
    (endpoints.weight(e) > 0 ? heavy_ : weightless_).push_back(e);
  }
}

}  // namespace meshtwin
