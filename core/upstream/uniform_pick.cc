#include "core/upstream/uniform_pick.h"

namespace meshtwin {

std::size_t allowed_count(const PickContext& context) {
  std::size_t excluded = 0;
  for (std::size_t i = 0; i < context.excluded.size(); ++i) {
    const EndpointIndex endpoint = context.excluded[i];
    const auto earlier = context.excluded.first(i);
    const bool repeated = std::find(earlier.begin(), earlier.end(), endpoint) != earlier.end();
    if (!repeated && context.endpoints.is_eligible(endpoint)) ++excluded;
  }
  return context.endpoints.eligible().size() - excluded;
}

EndpointIndex pick_uniform(const PickContext& context) {
  const auto eligible = context.endpoints.eligible();
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  while (true) {  // ends: where it is restricted, at least one endpoint is allowed
    const EndpointIndex candidate = eligible[context.random.below(eligible.size())];
    if (!restricted || !context.excludes(candidate)) return candidate;
  }
}

Pick Balancer::pick_uniformly(const PickContext& context) {
  const EndpointIndex picked = pick_uniform(context);
  if (context.trace != nullptr) {
    trace_uniform(context, picked, "retry.host random_other: uniformly among those not tried", *context.trace);
  }
  return Pick::picked(picked);
}

void trace_uniform(const PickContext& context, EndpointIndex picked, std::string_view rule,
                   PickTrace& trace) {
  const std::size_t allowed = allowed_count(context);
  const std::size_t pool = allowed > 0 ? allowed : context.endpoints.eligible().size();
  trace.begin(rule, {"chance", ScoreOrder::drawn});
  trace.pick(picked, 1.0 / static_cast<double>(pool));
  trace_excluded(context, trace, [](EndpointIndex) { return 0.0; });
}

}  // namespace meshtwin
