#include "policies/catalog.h"

#include <variant>

#include "policies/admission/adaptive_throttle.h"
#include "policies/admission/token_bucket_limit.h"
#include "policies/balancers/hash_balancer.h"
#include "policies/balancers/join_idle_queue.h"
#include "policies/balancers/least_request.h"
#include "policies/balancers/peak_ewma.h"
#include "policies/balancers/random.h"
#include "policies/balancers/round_robin.h"
#include "policies/balancers/weighted_random.h"
#include "policies/balancers/weighted_round_robin.h"
#include "policies/breakers/window_breaker.h"
#include "policies/hedging/percentile_delay.h"
#include "policies/outlier/interval_outlier_detector.h"
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

}  // namespace

std::unique_ptr<Balancer> make_balancer(const BalancerConfig& config) {
  return std::visit([](const auto& c) { return make(c); }, config);
}

std::unique_ptr<Backoff> make_backoff(const BackoffConfig& config) {
  return std::visit([](const auto& c) { return make(c); }, config);
}

std::unique_ptr<RetryBudget> make_retry_budget(const RetryBudgetConfig& config) {
  return std::visit([](const auto& c) { return make(c); }, config);
}

PolicyParts make_policy_parts(const PolicyConfig& config) {
  PolicyParts parts;
  parts.balancer = make_balancer(config.balancer);
  parts.backoff = make_backoff(config.retry.backoff);
  parts.budget = make_retry_budget(config.retry.budget);
  if (config.admission.rate_limit) {
    parts.admission.push_back(std::make_unique<TokenBucketLimit>(*config.admission.rate_limit));
  }
  if (config.admission.adaptive_throttling) {
    parts.admission.push_back(std::make_unique<AdaptiveThrottle>(*config.admission.adaptive_throttling));
  }
  if (config.hedge && config.hedge->percentile) {
    parts.hedge_delay = std::make_unique<PercentileDelay>(*config.hedge->percentile);
  }
  if (config.hedge && config.hedge->budget) {
    parts.hedge_budget = std::make_unique<WindowBudget>(*config.hedge->budget);
  }
  if (config.outlier) parts.outlier_detector = std::make_unique<IntervalOutlierDetector>(*config.outlier);
  if (!config.breaker) return parts;
  const WindowBreakerConfig breaker = *config.breaker;
  if (breaker.scope == WindowBreakerConfig::Scope::service) {
    parts.service_breaker = std::make_unique<WindowBreaker>(breaker);
  } else {
    parts.endpoint_breaker = [breaker] { return std::make_unique<WindowBreaker>(breaker); };
  }
  return parts;
}

std::unique_ptr<Upstream> make_upstream(const PolicyConfig& config, std::uint64_t seed) {
  return std::make_unique<Upstream>(config, make_policy_parts(config), seed);
}

}  // namespace meshtwin
