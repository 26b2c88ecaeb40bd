// The algorithms of one policy, made by the catalog.
#pragma once

#include <memory>
#include <vector>

#include "core/upstream/endpoint_breakers.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

struct ShadowParts;

// A null breaker, backoff, budget or detector means there is none.
struct PolicyParts {
  std::unique_ptr<Balancer> balancer;
  std::unique_ptr<Backoff> backoff;
  std::unique_ptr<RetryBudget> budget;
  std::unique_ptr<Breaker> service_breaker;
  BreakerFactory endpoint_breaker;  // empty: endpoints have no breakers
  std::unique_ptr<OutlierDetector> outlier_detector;
  std::unique_ptr<HedgeDelay> hedge_delay;            // null: hedge.after, where there are hedges
  std::unique_ptr<RetryBudget> hedge_budget;          // null: none
  std::vector<std::unique_ptr<Admission>> admission;  // all of them have to admit a call, in this order
  std::shared_ptr<ShadowParts> shadow;                // null: none
};

// Those of its shadow. The balancer may be null here.
struct ShadowParts {
  std::unique_ptr<Balancer> balancer;
  std::unique_ptr<Breaker> service_breaker;
  BreakerFactory endpoint_breaker;
  std::unique_ptr<OutlierDetector> outlier_detector;
  std::vector<std::unique_ptr<Admission>> admission;
};

}  // namespace meshtwin
