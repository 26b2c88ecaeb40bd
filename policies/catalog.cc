#include "policies/catalog.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "policies/admission/adaptive_throttle.h"
#include "policies/admission/aimd_limit.h"
#include "policies/admission/codel.h"
#include "policies/admission/gradient_limit.h"
#include "policies/admission/priority_shedding.h"
#include "policies/admission/token_bucket_limit.h"
#include "policies/balancers/aperture.h"
#include "policies/balancers/c3.h"
#include "policies/balancers/hash_balancer.h"
#include "policies/balancers/join_idle_queue.h"
#include "policies/balancers/least_request.h"
#include "policies/balancers/orca_weighted_round_robin.h"
#include "policies/balancers/peak_ewma.h"
#include "policies/balancers/prequal.h"
#include "policies/balancers/random.h"
#include "policies/balancers/round_robin.h"
#include "policies/balancers/weighted_random.h"
#include "policies/balancers/weighted_round_robin.h"
#include "policies/breakers/window_breaker.h"
#include "policies/hedging/percentile_delay.h"
#include "policies/outlier/interval_outlier_detector.h"
#include "policies/placement/divided_balancer.h"
#include "policies/placement/localities.h"
#include "policies/placement/priority_levels.h"
#include "policies/placement/rendezvous_subset.h"
#include "policies/placement/slow_start.h"
#include "policies/retry/backoff.h"
#include "policies/retry/bucket_budget.h"
#include "policies/retry/window_budget.h"

namespace meshtwin {
namespace {

std::unique_ptr<Balancer> make(const RandomConfig&) { return std::make_unique<RandomBalancer>(); }
std::unique_ptr<Balancer> make(const WeightedRandomConfig&) {
  return std::make_unique<WeightedRandomBalancer>();
}
std::unique_ptr<Balancer> make(const RoundRobinConfig&) { return std::make_unique<RoundRobinBalancer>(); }
std::unique_ptr<Balancer> make(const WeightedRoundRobinConfig&) {
  return std::make_unique<WeightedRoundRobinBalancer>();
}
std::unique_ptr<Balancer> make(const LeastRequestConfig& config) {
  return std::make_unique<LeastRequestBalancer>(config);
}

std::unique_ptr<Balancer> make(const PeakEwmaConfig& config) {
  return std::make_unique<PeakEwmaBalancer>(config);
}
std::unique_ptr<Balancer> make(const JoinIdleQueueConfig&) { return std::make_unique<JoinIdleQueueBalancer>(); }
std::unique_ptr<Balancer> make(const RingHashConfig& config) {
  return std::make_unique<RingHashBalancer>(config, "ring_hash: at or after the key's point");
}
std::unique_ptr<Balancer> make(const MaglevConfig& config) {
  return std::make_unique<MaglevBalancer>(config, "maglev: at or after the key's entry");
}

std::unique_ptr<Balancer> make(const PrequalConfig& config) { return std::make_unique<PrequalBalancer>(config); }
std::unique_ptr<Balancer> make(const C3Config& config) { return std::make_unique<C3Balancer>(config); }
std::unique_ptr<Balancer> make(const OrcaWeightedRoundRobinConfig& config) {
  return std::make_unique<OrcaWeightedRoundRobinBalancer>(config);
}
std::unique_ptr<Balancer> make(const ApertureConfig& config, std::uint64_t seed) {
  return std::make_unique<ApertureBalancer>(config, seed);
}

template <class Placement>
BalancerFactory divided(const std::optional<Placement>& config, BalancerFactory make,
                        std::unique_ptr<Division> (*division)(const Placement&, std::uint64_t), std::uint64_t seed) {
  if (!config) return make;
  return [config = *config, make = std::move(make), division, seed]() -> std::unique_ptr<Balancer> {
    return std::make_unique<DividedBalancer>(division(config, seed), make);
  };
}

std::unique_ptr<Division> subset_of(const SubsetConfig& config, std::uint64_t seed) {
  return std::make_unique<RendezvousSubset>(config, seed);
}
std::unique_ptr<Division> levels_of(const PrioritiesConfig& config, std::uint64_t) {
  return std::make_unique<PriorityLevels>(config);
}
std::unique_ptr<Division> localities_of(const LocalityConfig& config, std::uint64_t) {
  return std::make_unique<Localities>(config);
}

// From the inside: the balancer, slow start, localities, priorities, the subset.
std::unique_ptr<Balancer> make_placed_balancer(const PolicyConfig& config, const BalancerConfig& balancer_config,
                                               std::uint64_t seed) {
  BalancerFactory make = [balancer = balancer_config, seed] { return make_balancer(balancer, seed); };
  if (config.slow_start) {
    make = [slow_start = *config.slow_start, make]() -> std::unique_ptr<Balancer> {
      return std::make_unique<SlowStartBalancer>(slow_start, make());
    };
  }
  make = divided(config.locality, std::move(make), localities_of, seed);
  make = divided(config.priorities, std::move(make), levels_of, seed);
  make = divided(config.subset, std::move(make), subset_of, seed);
  return make();
}

std::unique_ptr<Admission> make(const GradientLimitConfig& config) { return std::make_unique<GradientLimit>(config); }
std::unique_ptr<Admission> make(const AimdLimitConfig& config) { return std::make_unique<AimdLimit>(config); }

std::vector<std::unique_ptr<Admission>> make_admission(const AdmissionConfig& config) {
  std::vector<std::unique_ptr<Admission>> out;
  if (config.rate_limit) out.push_back(std::make_unique<TokenBucketLimit>(*config.rate_limit));
  if (config.adaptive_throttling) out.push_back(std::make_unique<AdaptiveThrottle>(*config.adaptive_throttling));
  if (config.adaptive_concurrency) {
    out.push_back(std::visit([](const auto& limit) { return make(limit); }, *config.adaptive_concurrency));
  }
  if (config.priority_shedding) out.push_back(std::make_unique<PriorityShedding>(*config.priority_shedding));
  if (config.codel) out.push_back(std::make_unique<CoDel>(*config.codel));
  return out;
}

std::unique_ptr<Backoff> make(const NoBackoff&) { return nullptr; }
std::unique_ptr<Backoff> make(const ExponentialBackoff& config) {
  return std::make_unique<ExponentialBackoffPolicy>(config);
}

std::unique_ptr<RetryBudget> make(const NoRetryBudget&) { return nullptr; }
std::unique_ptr<RetryBudget> make(const WindowRetryBudget& config) {
  return std::make_unique<WindowBudget>(config);
}
std::unique_ptr<RetryBudget> make(const BucketRetryBudget& config) {
  return std::make_unique<BucketBudget>(config);
}

template <class Parts>
void add_breaker(const WindowBreakerConfig& breaker, Parts& parts) {
  if (breaker.scope == WindowBreakerConfig::Scope::service) {
    parts.service_breaker = std::make_unique<WindowBreaker>(breaker);
  } else {
    parts.endpoint_breaker = [breaker] { return std::make_unique<WindowBreaker>(breaker); };
  }
}

std::shared_ptr<ShadowParts> make_shadow_parts(const PolicyConfig& config, std::uint64_t seed) {
  const ShadowConfig& shadow = *config.shadow;
  auto parts = std::make_shared<ShadowParts>();
  if (shadow.balancer) parts->balancer = make_placed_balancer(config, *shadow.balancer, seed);
  if (shadow.breaker) add_breaker(*shadow.breaker, *parts);
  if (shadow.outlier) parts->outlier_detector = std::make_unique<IntervalOutlierDetector>(*shadow.outlier);
  parts->admission = make_admission(shadow.admission);
  return parts;
}

}  // namespace

std::unique_ptr<Balancer> make_balancer(const BalancerConfig& config, std::uint64_t seed) {
  return std::visit(
      [&](const auto& c) {
        if constexpr (requires { make(c, seed); }) {
          return make(c, seed);
        } else {
          return make(c);
        }
      },
      config);
}

std::unique_ptr<Backoff> make_backoff(const BackoffConfig& config) {
  return std::visit([](const auto& c) { return make(c); }, config);
}

std::unique_ptr<RetryBudget> make_retry_budget(const RetryBudgetConfig& config) {
  return std::visit([](const auto& c) { return make(c); }, config);
}

PolicyParts make_policy_parts(const PolicyConfig& config, std::uint64_t seed) {
  PolicyParts parts;
  parts.balancer = make_placed_balancer(config, config.balancer, seed);
  parts.backoff = make_backoff(config.retry.backoff);
  parts.budget = make_retry_budget(config.retry.budget);
  parts.admission = make_admission(config.admission);
  if (config.hedge && config.hedge->percentile) {
    parts.hedge_delay = std::make_unique<PercentileDelay>(*config.hedge->percentile);
  }
  if (config.hedge && config.hedge->budget) {
    parts.hedge_budget = std::make_unique<WindowBudget>(*config.hedge->budget);
  }
  if (config.outlier) parts.outlier_detector = std::make_unique<IntervalOutlierDetector>(*config.outlier);
  if (config.breaker) add_breaker(*config.breaker, parts);
  if (config.shadow) parts.shadow = make_shadow_parts(config, seed);
  return parts;
}

bool reads_reports(const PolicyConfig& config) {
  const PolicyParts parts = make_policy_parts(config, 0);
  const bool shadow_does = parts.shadow && parts.shadow->balancer && parts.shadow->balancer->reads_reports();
  return parts.balancer->reads_reports() || shadow_does;
}

std::unique_ptr<Upstream> make_upstream(const PolicyConfig& config, std::uint64_t seed) {
  return std::make_unique<Upstream>(config, make_policy_parts(config, seed), seed);
}

}  // namespace meshtwin
