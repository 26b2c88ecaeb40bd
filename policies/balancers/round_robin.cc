#include "policies/balancers/round_robin.h"

#include <algorithm>

#include "core/upstream/uniform_pick.h"

namespace meshtwin {

Pick RoundRobinBalancer::pick(const PickContext& context) {
  const auto eligible = context.endpoints.eligible();
  if (!started_) {
    started_ = true;
    version_ = context.endpoints.version();
    next_ = context.random.below(eligible.size());
  } else if (version_ != context.endpoints.version()) {
    version_ = context.endpoints.version();
    next_ = static_cast<std::size_t>(std::upper_bound(eligible.begin(), eligible.end(), last_) -
                                     eligible.begin());
    if (next_ == eligible.size()) next_ = 0;
  }
  std::size_t at = next_;
  if (!context.excluded.empty() && allowed_count(context) > 0) {
    while (context.excludes(eligible[at])) at = at + 1 == eligible.size() ? 0 : at + 1;
  }
  next_ = at + 1 == eligible.size() ? 0 : at + 1;
  last_ = eligible[at];
  return Pick::picked(last_);
}

}  // namespace meshtwin
