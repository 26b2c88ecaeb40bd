#include "core/config/policy_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <system_error>
#include <utility>

#include "core/config/admission_reader.h"
#include "core/config/balancer_reader.h"
#include "core/config/outlier_reader.h"
#include "core/config/placement_reader.h"
#include "core/config/policy_words.h"
#include "core/config/units.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

// Above any endpoint, connection or request count that a run could hold.
constexpr std::uint32_t kMaxCount = 1'000'000'000;
constexpr double kMaxNumber = 1e9;

// The index of the object's "type" among `words`, or `fallback` where it is left out.
std::size_t read_type(const Value& value, std::span<const std::string_view> words, std::size_t fallback) {
  ObjectReader object(value, "");
  const auto type = object.find("type");
  return type ? type->word(words) : fallback;
}

BackoffConfig read_backoff(const Value& value) {
  const std::size_t type = read_type(value, kBackoffWords, 1);
  ObjectReader object(value, fmt::format("backoff.{}", kBackoffWords[type]));
  object.find("type");
  if (type == 0) return object.finish(), NoBackoff{};
  ExponentialBackoff out;
  if (const auto base = object.find("base")) out.base = base->positive_duration();
  if (const auto max = object.find("max")) out.max = max->positive_duration();
  if (const auto jitter = object.find("jitter")) out.jitter = jitter->meaning(kJitterWords);
  object.finish();
  if (out.base > out.max) {
    value.fail(fmt::format("base {} is longer than max {}; give a max of at least the base",
                           format_duration(out.base), format_duration(out.max)));
  }
  return out;
}

RetryBudgetConfig read_budget(const Value& value) {
  const std::size_t type = read_type(value, kRetryBudgetWords, 1);
  ObjectReader object(value, fmt::format("budget.{}", kRetryBudgetWords[type]));
  object.find("type");
  if (type == 0) return object.finish(), NoRetryBudget{};
  if (type == 1) {
    WindowRetryBudget out;
    if (const auto ratio = object.find("ratio")) out.ratio = ratio->number(0, 1000);
    if (const auto reserve = object.find("min_per_second"))
      out.min_per_second = reserve->number(0, kMaxNumber);
    if (const auto ttl = object.find("ttl")) out.ttl = ttl->positive_duration();
    return object.finish(), out;
  }
  BucketRetryBudget out;
  if (const auto refill = object.find("per_success")) out.per_success = refill->number(0, 1000);
  if (const auto capacity = object.find("capacity")) out.capacity = capacity->number(1, kMaxNumber);
  return object.finish(), out;
}

RetryOn read_retry_on(const Value& value) {
  RetryOn out = RetryOn::none;
  for (const Value& item : value.items()) {
    const RetryOn kind = item.meaning(kRetryOnWords);
    if (contains(out, kind)) item.refuse("is there twice; name each failure once");
    out = out | kind;
  }
  return out;
}

RetryConfig read_retry(const Value& value) {
  RetryConfig out;
  ObjectReader object(value, "retry");
  if (const auto attempts = object.find("max_attempts")) out.max_attempts = attempts->count(1, kMaxAttempts);
  if (const auto timeout = object.find("per_try_timeout")) out.per_try_timeout = timeout->positive_duration();
  if (const auto on = object.find("on")) out.on = read_retry_on(*on);
  if (const auto host = object.find("host")) out.host = host->meaning(kRetryHostWords);
  if (const auto methods = object.find("methods")) out.methods = methods->meaning(kRetryMethodsWords);
  if (const auto backoff = object.find("backoff")) out.backoff = read_backoff(*backoff);
  if (const auto budget = object.find("budget")) out.budget = read_budget(*budget);
  object.finish();
  if (out.max_attempts > 1 && out.on == RetryOn::none) {
    value.fail(
        fmt::format("max_attempts is {}, but nothing would be retried; add \"on\" with failures of connect, "
                    "reset, 5xx, timeout, 429",
                    out.max_attempts));
  }
  return out;
}

// "p95", "p99.9".
std::optional<double> read_percentile(const Value& value) {
  const std::string text = value.text();
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), percent);
  if (error == std::errc{} && end == text.data() + text.size() && percent > 0 && percent < 100) return percent;
  value.refuse("isn't a percentile; give one such as \"p95\", or a duration such as \"10ms\"");
  return std::nullopt;
}

WindowRetryBudget read_hedge_budget(const Value& value) {
  WindowRetryBudget out{0.05, 0, std::chrono::seconds(10)};
  ObjectReader object(value, "hedge.budget");
  if (const auto ratio = object.find("ratio")) out.ratio = ratio->number(0, 1000);
  if (const auto reserve = object.find("min_per_second")) out.min_per_second = reserve->number(0, kMaxNumber);
  if (const auto ttl = object.find("ttl")) out.ttl = ttl->positive_duration();
  object.finish();
  return out;
}

HedgeConfig read_hedge(const Value& value) {
  HedgeConfig out;
  ObjectReader object(value, "hedge");
  if (const auto after = object.require("after", "\"10ms\"")) {
    const bool percentile = after->is_text() && after->text().starts_with('p');
    if (percentile) out.percentile = read_percentile(*after);
    if (!percentile) out.after = after->positive_duration();
  }
  if (const auto max = object.find("max")) out.max = max->count(1, kMaxAttempts - 1);
  if (const auto budget = object.find("budget")) out.budget = read_hedge_budget(*budget);
  object.finish();
  return out;
}

WindowBreakerConfig read_breaker(const Value& value) {
  constexpr std::array<std::string_view, 1> kTypes{"window"};
  WindowBreakerConfig out;
  ObjectReader object(value, "breaker");
  if (const auto type = object.find("type")) type->word(kTypes);
  if (const auto window = object.find("window")) out.window = window->positive_duration();
  if (const auto failures = object.find("max_failures")) out.max_failures = failures->count(0, kMaxCount);
  if (const auto open = object.find("open")) out.open = open->positive_duration();
  if (const auto probes = object.find("probes")) out.probes = probes->count(1, kMaxCount);
  if (const auto scope = object.find("scope")) out.scope = scope->meaning(kBreakerScopeWords);
  object.finish();
  return out;
}

LimitsConfig read_limits(const Value& value) {
  LimitsConfig out;
  ObjectReader object(value, "limits");
  if (const auto connections = object.find("connections")) out.connections = connections->count(1, kMaxCount);
  if (const auto pending = object.find("pending")) out.pending = pending->count(0, kMaxCount);
  if (const auto requests = object.find("requests")) out.requests = requests->count(1, kMaxCount);
  if (const auto retries = object.find("retries")) out.retries = retries->count(0, kMaxCount);
  object.finish();
  return out;
}

ShadowConfig read_shadow(const Value& value) {
  ShadowConfig out;
  ObjectReader object(value, "shadow");
  if (const auto balancer = object.find("balancer")) out.balancer = read_balancer(*balancer);
  if (const auto breaker = object.find("breaker")) out.breaker = read_breaker(*breaker);
  if (const auto outlier = object.find("outlier")) out.outlier = read_outlier(*outlier);
  if (const auto limits = object.find("limits")) out.limits = read_limits(*limits);
  if (const auto admission = object.find("admission")) out.admission = read_admission(*admission);
  object.finish();
  return out;
}

// Of the policy or its shadow, whose `path` it is.
void check_waits(const Value& value, const std::string& path, const AdmissionConfig& admission) {
  for (const auto& [key, there] : {std::pair("codel", admission.codel.has_value()),
                                   std::pair("priority_shedding", admission.priority_shedding.has_value())}) {
    if (!there) continue;
    value.diagnostics().fail(path_of(path_of(path, "admission"), key),
                             "goes by how long calls wait for a place, and without limits.connections none waits; add "
                             "that limit");
  }
}

void check_together(const Value& value, const PolicyConfig& policy) {
  const RetryConfig& retry = policy.retry;
  if (!policy.limits.connections) {
    check_waits(value, value.path(), policy.admission);
    if (policy.shadow && !policy.shadow->limits.connections) {
      check_waits(value, path_of(value.path(), "shadow"), policy.shadow->admission);
    }
  }
  if (policy.timeout && retry.per_try_timeout && *retry.per_try_timeout > *policy.timeout) {
    value.diagnostics().fail(
        path_of(path_of(value.path(), "retry"), "per_try_timeout"),
        fmt::format("{} is longer than the call's timeout of {}; give at most that",
                    format_duration(*retry.per_try_timeout), format_duration(*policy.timeout)));
  }
  if (policy.hedge && retry.max_attempts + policy.hedge->max > kMaxAttempts) {
    value.diagnostics().fail(
        path_of(value.path(), "hedge"),
        fmt::format("max {} and retry.max_attempts {} make more than {} attempts of one call; "
                    "lower one of them",
                    policy.hedge->max, retry.max_attempts, kMaxAttempts));
  }
}

}  // namespace

const HashKeyConfig* hash_key(const PolicyConfig& policy) {
  const HashKeyConfig* own = hash_key(policy.balancer);
  if (own != nullptr || !policy.shadow || !policy.shadow->balancer) return own;
  return hash_key(*policy.shadow->balancer);
}

bool only_shadow_hashes(const PolicyConfig& policy) {
  return hash_key(policy.balancer) == nullptr && hash_key(policy) != nullptr;
}

void skip_schema_key(ObjectReader& object) {
  if (const auto schema = object.find("$schema")) schema->text();
}

PolicyConfig read_policy(const Value& value) {
  PolicyConfig out;
  ObjectReader object(value, "policy");
  skip_schema_key(object);
  if (const auto balancer = object.find("balancer")) out.balancer = read_balancer(*balancer);
  if (const auto subset = object.find("subset")) out.subset = read_subset(*subset);
  if (const auto priorities = object.find("priorities")) out.priorities = read_priorities(*priorities);
  if (const auto locality = object.find("locality")) out.locality = read_locality(*locality);
  if (const auto slow_start = object.find("slow_start")) out.slow_start = read_slow_start(*slow_start);
  if (const auto timeout = object.find("timeout")) out.timeout = timeout->positive_duration();
  if (const auto retry = object.find("retry")) out.retry = read_retry(*retry);
  if (const auto hedge = object.find("hedge")) out.hedge = read_hedge(*hedge);
  if (const auto breaker = object.find("breaker")) out.breaker = read_breaker(*breaker);
  if (const auto outlier = object.find("outlier")) out.outlier = read_outlier(*outlier);
  if (const auto limits = object.find("limits")) out.limits = read_limits(*limits);
  if (const auto admission = object.find("admission")) out.admission = read_admission(*admission);
  if (const auto shadow = object.find("shadow")) out.shadow = read_shadow(*shadow);
  object.not_supported_yet("tls");
  object.finish();
  if (!value.diagnostics().failed()) check_together(value, out);
  return out;
}

}  // namespace meshtwin
