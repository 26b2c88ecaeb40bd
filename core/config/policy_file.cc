#include "core/config/policy_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/config/admission_reader.h"
#include "core/config/balancer_reader.h"
#include "core/config/digest.h"
#include "core/config/json_document.h"
#include "core/config/outlier_reader.h"
#include "core/config/placement_reader.h"
#include "core/config/policy_reader.h"
#include "core/config/policy_words.h"
#include "core/config/units.h"

namespace meshtwin {
namespace {

Json canonical_backoff(const BackoffConfig& backoff) {
  Json out{{"type", kBackoffWords[backoff.index()]}};
  if (const auto* exponential = std::get_if<ExponentialBackoff>(&backoff)) {
    out["base"] = format_duration(exponential->base);
    out["max"] = format_duration(exponential->max);
    out["jitter"] = word_for(kJitterWords, exponential->jitter);
  }
  return out;
}

Json canonical_budget(const RetryBudgetConfig& budget) {
  Json out{{"type", kRetryBudgetWords[budget.index()]}};
  if (const auto* window = std::get_if<WindowRetryBudget>(&budget)) {
    out["ratio"] = canonical_number(window->ratio);
    out["min_per_second"] = canonical_number(window->min_per_second);
    out["ttl"] = format_duration(window->ttl);
  } else if (const auto* bucket = std::get_if<BucketRetryBudget>(&budget)) {
    out["per_success"] = canonical_number(bucket->per_success);
    out["capacity"] = canonical_number(bucket->capacity);
  }
  return out;
}

Json canonical_retry(const RetryConfig& retry) {
  Json out{{"max_attempts", retry.max_attempts},
           {"on", Json::array()},
           {"host", word_for(kRetryHostWords, retry.host)},
           {"backoff", canonical_backoff(retry.backoff)},
           {"budget", canonical_budget(retry.budget)}};
  for (const auto& word : kRetryOnWords) {
    if (contains(retry.on, word.meaning)) out["on"].push_back(word.name);
  }
  if (retry.methods != RetryMethods::idempotent) out["methods"] = word_for(kRetryMethodsWords, retry.methods);
  if (retry.per_try_timeout) out["per_try_timeout"] = format_duration(*retry.per_try_timeout);
  return out;
}

Json canonical_breaker(const WindowBreakerConfig& breaker) {
  return {{"type", "window"},
          {"window", format_duration(breaker.window)},
          {"max_failures", breaker.max_failures},
          {"open", format_duration(breaker.open)},
          {"probes", breaker.probes},
          {"scope", word_for(kBreakerScopeWords, breaker.scope)}};
}

Json canonical_hedge(const HedgeConfig& hedge) {
  Json out{{"after", hedge.percentile ? fmt::format("p{}", *hedge.percentile) : format_duration(hedge.after)},
           {"max", hedge.max}};
  if (hedge.budget) {
    out["budget"] = {{"ratio", canonical_number(hedge.budget->ratio)},
                     {"min_per_second", canonical_number(hedge.budget->min_per_second)},
                     {"ttl", format_duration(hedge.budget->ttl)}};
  }
  return out;
}

Json canonical_limits(const LimitsConfig& limits) {
  Json out = Json::object();
  const auto put = [&out](const char* name, const std::optional<std::uint32_t>& limit) {
    if (limit) out[name] = *limit;
  };
  put("connections", limits.connections);
  put("pending", limits.pending);
  put("requests", limits.requests);
  put("retries", limits.retries);
  return out;
}

Json canonical_shadow(const ShadowConfig& shadow) {
  Json out = Json::object();
  if (shadow.balancer) out["balancer"] = canonical_balancer(*shadow.balancer);
  if (shadow.breaker) out["breaker"] = canonical_breaker(*shadow.breaker);
  if (shadow.outlier) out["outlier"] = canonical_outlier(*shadow.outlier);
  if (Json limits = canonical_limits(shadow.limits); !limits.empty()) out["limits"] = std::move(limits);
  if (Json admission = canonical_admission(shadow.admission); !admission.empty()) {
    out["admission"] = std::move(admission);
  }
  return out;
}

// The JSON library's number format may change with its version; fmt's `{}` of a double is the shortest text
// that reads back as the same value.
void append_canonical(const Json& value, std::string& out) {
  if (const auto* object = value.get_ptr<const Json::object_t*>()) {
    std::vector<const Json::object_t::value_type*> members;
    for (const auto& member : *object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    char separator = '{';
    for (const auto* member : members) {
      out += fmt::format("{}{}:", separator, Json(member->first).dump());
      append_canonical(member->second, out);
      separator = ',';
    }
    out += members.empty() ? "{}" : "}";
  } else if (const auto* array = value.get_ptr<const Json::array_t*>()) {
    char separator = '[';
    for (const Json& item : *array) {
      out += separator;
      append_canonical(item, out);
      separator = ',';
    }
    out += array->empty() ? "[]" : "]";
  } else {
    out += value.is_number_float() ? fmt::format("{}", value.get<double>()) : value.dump();
  }
}

}  // namespace

Result<PolicyConfig> parse_policy(std::string_view text, const std::string& file) {
  const Result<Json> json = parse_json(text, file);
  if (!json) return json.error();
  return policy_from_json(json.value(), file);
}

Result<PolicyConfig> policy_from_json(const Json& json, const std::string& file, const std::string& path) {
  Diagnostics diagnostics(file);
  Result<PolicyConfig> policy = read_policy(Value(json, diagnostics, path));
  if (diagnostics.failed()) return diagnostics.error();
  return policy;
}

Json canonical_policy(const PolicyConfig& policy) {
  Json out{{"balancer", canonical_balancer(policy.balancer)}, {"retry", canonical_retry(policy.retry)}};
  if (policy.subset) out["subset"] = canonical_subset(*policy.subset);
  if (policy.priorities) out["priorities"] = canonical_priorities(*policy.priorities);
  if (policy.locality) out["locality"] = canonical_locality(*policy.locality);
  if (policy.slow_start) out["slow_start"] = canonical_slow_start(*policy.slow_start);
  if (policy.timeout) out["timeout"] = format_duration(*policy.timeout);
  if (policy.hedge) out["hedge"] = canonical_hedge(*policy.hedge);
  if (Json admission = canonical_admission(policy.admission); !admission.empty()) {
    out["admission"] = std::move(admission);
  }
  if (policy.breaker) out["breaker"] = canonical_breaker(*policy.breaker);
  if (policy.outlier) out["outlier"] = canonical_outlier(*policy.outlier);
  if (Json limits = canonical_limits(policy.limits); !limits.empty()) out["limits"] = std::move(limits);
  if (policy.shadow) out["shadow"] = canonical_shadow(*policy.shadow);
  return out;
}

std::string canonical_policy_text(const PolicyConfig& policy) {
  std::string out;
  append_canonical(canonical_policy(policy), out);
  return out;
}

std::string policy_sha256(const PolicyConfig& policy) { return sha256_hex(canonical_policy_text(policy)); }

}  // namespace meshtwin
