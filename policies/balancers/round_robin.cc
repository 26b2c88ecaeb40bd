#include "policies/balancers/round_robin.h"

#include <algorithm>

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
  for (std::size_t tries = 1; tries < eligible.size() && context.excludes(eligible[at]); ++tries) {
    at = at + 1 == eligible.size() ? 0 : at + 1;
  }
  next_ = at + 1 == eligible.size() ? 0 : at + 1;
  last_ = eligible[at];
  return Pick::picked(last_);
}

}  // namespace meshtwin
