// Policies that together have every algorithm of the catalog, and every way of combining them that matters.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/config/policy.h"

namespace meshtwin::test {

using NamedPolicy = std::pair<std::string, PolicyConfig>;

inline PolicyConfig with_everything(const BalancerConfig& balancer) {
  using std::chrono::milliseconds;
  PolicyConfig config;
  config.balancer = balancer;
  config.timeout = milliseconds(120);
  config.retry.max_attempts = 4;
  config.retry.per_try_timeout = milliseconds(60);
  config.retry.on = RetryOn::connect | RetryOn::reset | RetryOn::error_5xx | RetryOn::timeout;
  config.retry.host = RetryHost::other;
  config.retry.backoff =
      ExponentialBackoff{milliseconds(2), milliseconds(10), ExponentialBackoff::Jitter::full};
  config.retry.budget = WindowRetryBudget{0.2, 10, std::chrono::seconds(1)};
  config.hedge = HedgeConfig{milliseconds(25), 2};
  config.breaker =
      WindowBreakerConfig{milliseconds(200), 3, milliseconds(100), 2, WindowBreakerConfig::Scope::endpoint};
  config.limits = {20, 10, 40, 10};
  return config;
}

inline std::vector<NamedPolicy> some_policies() {
  using std::chrono::milliseconds;
  std::vector<NamedPolicy> list = {
      {"random", with_everything(RandomConfig{})},
      {"weighted random", with_everything(WeightedRandomConfig{})},
      {"round robin", with_everything(RoundRobinConfig{})},
      {"weighted round robin", with_everything(WeightedRoundRobinConfig{})},
      {"least request, 2 choices", with_everything(LeastRequestConfig{2, 1.0})},
      {"least request, 5 choices, bias 1.7", with_everything(LeastRequestConfig{5, 1.7})},
      {"least request, all", with_everything(LeastRequestConfig{std::nullopt, 1.0})},
      {"least request, with replacement", with_everything(LeastRequestConfig{3, 1.0, std::nullopt, true})},
      {"least request, stale", with_everything(LeastRequestConfig{2, 1.0, milliseconds(70)})},
      {"peak EWMA", with_everything(PeakEwmaConfig{})},
      {"least request, replicas", with_everything(LeastRequestConfig{3, 1.0, std::nullopt, false, HashKeyConfig{}})},
      {"C3, replicas", with_everything(C3Config{3, 2, 0.1, std::nullopt, HashKeyConfig{}})},
      {"ring hash, bounded", with_everything(RingHashConfig{{}, 64, 4096, 125})},
      {"join idle queue", with_everything(JoinIdleQueueConfig{})},
      {"prequal", with_everything(PrequalConfig{2.5, 1.5, 8, milliseconds(300)})},
      {"C3, which queues", with_everything(C3Config{3, 2, 0.9, C3RateControl{milliseconds(20), 4}})},
      {"ORCA weighted round robin", with_everything(OrcaWeightedRoundRobinConfig{milliseconds(100), milliseconds(900),
                                                                                 milliseconds(200), 1})},
      {"aperture", with_everything(ApertureConfig{0.875, 1.125, milliseconds(500), 2})},
      {"maglev", with_everything(MaglevConfig{{}, 251, {}})}};
  for (const BalancerConfig& balancer :
       {BalancerConfig(LeastRequestConfig{}), BalancerConfig(PrequalConfig{}), BalancerConfig(PeakEwmaConfig{})}) {
    PolicyConfig placed = with_everything(balancer);
    placed.subset = SubsetConfig{8};
    placed.priorities = PrioritiesConfig{};
    placed.locality = LocalityConfig{};
    placed.slow_start = SlowStartConfig{milliseconds(700), 1.5, 0.05};
    placed.retry.host = RetryHost::random_other;
    list.emplace_back("subset, priorities, localities and slow start", placed);
  }
  PolicyConfig service = with_everything(LeastRequestConfig{});
  service.breaker->scope = WindowBreakerConfig::Scope::service;
  service.retry.budget = BucketRetryBudget{0.1, 5};
  service.retry.host = RetryHost::random_other;
  list.emplace_back("a service's breaker, a bucket", service);
  PolicyConfig same = with_everything(LeastRequestConfig{});
  same.retry.host = RetryHost::same;
  same.retry.backoff = NoBackoff{};
  same.breaker.reset();
  same.limits = {};
  list.emplace_back("same host, no limits", same);
  PolicyConfig outliers = with_everything(LeastRequestConfig{});
  outliers.outlier = OutlierConfig{3, SuccessRateEjection{1000, 80, 3, 5}, FailurePercentageEjection{30, 100, 3, 5},
                                   milliseconds(70), milliseconds(100), milliseconds(500), 0.5};
  list.emplace_back("outlier detection", outliers);
  PolicyConfig hedging = with_everything(PeakEwmaConfig{});
  hedging.hedge = HedgeConfig{{}, 2, 90, WindowRetryBudget{0.1, 1, std::chrono::seconds(1)}};
  hedging.admission.rate_limit = RateLimitConfig{1800, 20};
  hedging.admission.adaptive_throttling = AdaptiveThrottlingConfig{1.1, std::chrono::seconds(1)};
  list.emplace_back("hedges by percentile, rate limit and throttling", hedging);
  PolicyConfig shedding = with_everything(LeastRequestConfig{});
  shedding.retry.on = shedding.retry.on | RetryOn::status_429;
  shedding.limits = {6, {}, {}, {}};
  shedding.admission.adaptive_concurrency =
      GradientLimitConfig{3, 100, 0.25, 50, milliseconds(20), milliseconds(400), 10};
  shedding.admission.priority_shedding = PrioritySheddingConfig{milliseconds(2), milliseconds(50), 0.1, 0.02};
  shedding.admission.codel = CoDelConfig{milliseconds(2), milliseconds(20)};
  list.emplace_back("concurrency by gradient, priorities and CoDel", shedding);
  shedding.admission = {};
  shedding.admission.adaptive_concurrency = AimdLimitConfig{2, 50, 10, 0.9, milliseconds(30)};
  list.emplace_back("concurrency by AIMD", shedding);
  PolicyConfig shadowed = with_everything(LeastRequestConfig{});
  shadowed.shadow = ShadowConfig{PeakEwmaConfig{}, shadowed.breaker, outliers.outlier, {5, {}, 20, 2}, {}};
  shadowed.shadow->admission.rate_limit = RateLimitConfig{1'000, 5};
  shadowed.shadow->admission.adaptive_concurrency = AimdLimitConfig{2, 50, 10, 0.9, milliseconds(30)};
  list.emplace_back("a shadow", shadowed);
  PolicyConfig probing = with_everything(PrequalConfig{2, 1, 8, milliseconds(300)});
  probing.shadow = ShadowConfig{PrequalConfig{2.5, 1.5, 8, milliseconds(200)}};
  list.emplace_back("a shadow that probes beside one that does", probing);
  PolicyConfig waiting = with_everything(RoundRobinConfig{});
  waiting.shadow = ShadowConfig{JoinIdleQueueConfig{}, WindowBreakerConfig{milliseconds(200), 3, milliseconds(100), 2},
                                {}, {6, 8, {}, {}}, {}};
  waiting.shadow->admission.priority_shedding = PrioritySheddingConfig{milliseconds(2), milliseconds(50), 0.1, 0.02};
  waiting.shadow->admission.codel = CoDelConfig{milliseconds(2), milliseconds(20)};
  list.emplace_back("a shadow that sheds", waiting);
  list.emplace_back("defaults", PolicyConfig{});
  return list;
}

}  // namespace meshtwin::test
