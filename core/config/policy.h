// A policy file as data: what a client does for one service. Every field has its default here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/config/admission.h"
#include "core/config/balancer.h"
#include "core/config/outlier.h"
#include "core/config/placement.h"
#include "core/time.h"

namespace meshtwin {

// Failures that a retry may follow, as bits.
enum class RetryOn : std::uint8_t {
  none = 0,
  connect = 1,    // no connection: the request can't have been seen by the endpoint
  reset = 2,      // the connection broke before a response had come
  error_5xx = 4,  // a response with status 500 to 599
  timeout = 8,    // the per-try timeout passed
  status_429 = 16,  // a response with status 429, which counts as a failure then
};
constexpr RetryOn operator|(RetryOn a, RetryOn b) {
  return static_cast<RetryOn>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr bool contains(RetryOn set, RetryOn kind) {
  return (static_cast<std::uint8_t>(set) & static_cast<std::uint8_t>(kind)) != 0;
}

// Where a further attempt of the same call goes.
enum class RetryHost : std::uint8_t {
  any,           // the balancer picks afresh
  same,          // the endpoint that failed, while it is eligible; else as `any`
  other,         // the balancer picks among endpoints not tried yet; among all when each was tried
  random_other,  // uniformly at random among endpoints not tried yet ("trial and error")
};

// Which requests are repeated, by retries and hedges.
enum class RetryMethods : std::uint8_t {
  idempotent,  // those that are idempotent; others only after failures that no endpoint can have seen
  all,         // those that aren't, too: an endpoint may then carry out one request twice
};

struct NoBackoff {};  // at once ("fast retry")
struct ExponentialBackoff {
  enum class Jitter : std::uint8_t { none, full };
  Duration base = std::chrono::milliseconds(25);
  Duration max = std::chrono::milliseconds(250);
  // none: min(max, base * 2^(n-1)) before retry n; full: uniform in [0, that).
  Jitter jitter = Jitter::full;
};
using BackoffConfig = std::variant<NoBackoff, ExponentialBackoff>;

struct NoRetryBudget {};
// Retries up to `ratio` of the requests of the last `ttl`, and `min_per_second` besides (Finagle, Linkerd).
struct WindowRetryBudget {
  double ratio = 0.2;
  double min_per_second = 10;
  Duration ttl = std::chrono::seconds(10);
};
// A bucket that each success fills by `per_success` tokens up to `capacity`; a retry takes one token.
struct BucketRetryBudget {
  double per_success = 0.1;
  double capacity = 100;
};
using RetryBudgetConfig = std::variant<NoRetryBudget, WindowRetryBudget, BucketRetryBudget>;

// All attempts of one call, hedges included; a bound on the memory of a call.
inline constexpr std::uint32_t kMaxAttempts = 8;

struct RetryConfig {
  std::uint32_t max_attempts = 1;  // the first one included; 1 to kMaxAttempts
  std::optional<Duration> per_try_timeout;
  RetryOn on = RetryOn::none;
  RetryHost host = RetryHost::any;
  BackoffConfig backoff = NoBackoff{};
  RetryBudgetConfig budget = NoRetryBudget{};
  RetryMethods methods = RetryMethods::idempotent;
};

// Another attempt beside the one under way when no answer came for `after`; the first answer wins. Hedges
// take connections as any attempt does; they neither spend the retry budget nor count against limits.retries.
struct HedgeConfig {
  Duration after{};       // without a percentile
  std::uint32_t max = 1;  // hedges a call; max_attempts + max is at most kMaxAttempts
  // After the time in which so many percent of the latest attempts were answered; above 0, below 100.
  std::optional<double> percentile = std::nullopt;
  std::optional<WindowRetryBudget> budget = std::nullopt;  // of the hedges alone; none: unbounded
};

// Opens after more than `max_failures` within `window`, lets `probes` calls through after `open`.
struct WindowBreakerConfig {
  enum class Scope : std::uint8_t { service, endpoint };
  Duration window = std::chrono::seconds(10);
  std::uint32_t max_failures = 20;
  Duration open = std::chrono::seconds(5);
  std::uint32_t probes = 3;
  // service: one breaker, an open one rejects the call; endpoint: one each, an open one hands over to others.
  Scope scope = Scope::service;
};

// Caps of one client (sidecar or proxy worker) towards the service; none means unlimited.
struct LimitsConfig {
  std::optional<std::uint32_t> connections;  // attempts in flight; further ones wait as pending
  std::optional<std::uint32_t> pending;      // attempts waiting for a connection; further ones are rejected
  std::optional<std::uint32_t> requests;     // calls not finished yet, waiting ones included
  std::optional<std::uint32_t> retries;      // retries under way, waiting in backoff included
};

// A second choice of some parts of the policy, which runs dark beside them and is compared. Its balancer works on what
// subset, priorities, locality and slow start leave, as the one in charge does.
struct ShadowConfig {
  std::optional<BalancerConfig> balancer = std::nullopt;  // one that probes sends probes of its own
  std::optional<WindowBreakerConfig> breaker = std::nullopt;
  std::optional<OutlierConfig> outlier = std::nullopt;
  LimitsConfig limits = {};  // none: as in the policy
  AdmissionConfig admission = {};
};

struct PolicyConfig {
  BalancerConfig balancer = LeastRequestConfig{};
  // Applied in this order, each to what the one before leaves: the balancer picks among the rest.
  std::optional<SubsetConfig> subset = std::nullopt;
  std::optional<PrioritiesConfig> priorities = std::nullopt;
  std::optional<LocalityConfig> locality = std::nullopt;
  std::optional<SlowStartConfig> slow_start = std::nullopt;
  std::optional<Duration> timeout;  // of the whole call, retries included
  RetryConfig retry;
  std::optional<HedgeConfig> hedge;
  std::optional<WindowBreakerConfig> breaker;
  std::optional<OutlierConfig> outlier;
  LimitsConfig limits;
  AdmissionConfig admission;
  std::optional<ShadowConfig> shadow = std::nullopt;
};

// How requests get their keys: as the balancer says, else as the shadow's does; null where neither has a use for keys.
const HashKeyConfig* hash_key(const PolicyConfig& policy);
// Whether the shadow alone has one: the policy in charge is not to see keys then.
bool only_shadow_hashes(const PolicyConfig& policy);

}  // namespace meshtwin
