#include "policies/balancers/random.h"

#include "core/upstream/uniform_pick.h"

namespace meshtwin {

Pick RandomBalancer::pick(const PickContext& context) {
  const EndpointIndex picked = pick_uniform(context);
  if (context.trace != nullptr) trace_uniform(context, picked, "random: uniformly", *context.trace);
  return Pick::picked(picked);
}

double RandomBalancer::score(const EndpointSet& endpoints, EndpointIndex endpoint, Time) const {
  return endpoints.is_eligible(endpoint) ? 1.0 / static_cast<double>(endpoints.eligible().size()) : 0.0;
}

}  // namespace meshtwin
