// The words of policy files; reading and writing share them.
#pragma once

#include <array>

#include "core/config/policy.h"
#include "core/config/reader.h"

namespace meshtwin {

inline constexpr std::array<Word<RetryOn>, 5> kRetryOnWords{{{"connect", RetryOn::connect},
                                                             {"reset", RetryOn::reset},
                                                             {"5xx", RetryOn::error_5xx},
                                                             {"timeout", RetryOn::timeout},
                                                             {"429", RetryOn::status_429}}};

inline constexpr std::array<Word<RetryHost>, 4> kRetryHostWords{{{"any", RetryHost::any},
                                                                 {"same", RetryHost::same},
                                                                 {"other", RetryHost::other},
                                                                 {"random_other", RetryHost::random_other}}};

inline constexpr std::array<Word<RetryMethods>, 2> kRetryMethodsWords{
    {{"idempotent", RetryMethods::idempotent}, {"all", RetryMethods::all}}};

using Jitter = ExponentialBackoff::Jitter;
inline constexpr std::array<Word<Jitter>, 2> kJitterWords{{{"none", Jitter::none}, {"full", Jitter::full}}};

using BreakerScope = WindowBreakerConfig::Scope;
inline constexpr std::array<Word<BreakerScope>, 2> kBreakerScopeWords{
    {{"service", BreakerScope::service}, {"endpoint", BreakerScope::endpoint}}};

// In the order of BalancerConfig's alternatives.
inline constexpr std::array<std::string_view, 13> kBalancerWords{
    "random",    "weighted_random", "round_robin",     "weighted_round_robin", "least_request",
    "peak_ewma", "ring_hash",       "maglev",          "join_idle_queue",      "prequal",
    "c3",        "orca_weighted_round_robin", "aperture"};
static_assert(kBalancerWords.size() == std::variant_size_v<BalancerConfig>);

using PreferLocality = LocalityConfig::Prefer;
inline constexpr std::array<Word<PreferLocality>, 2> kPreferLocalityWords{
    {{"local", PreferLocality::local}, {"weight", PreferLocality::weight}}};

// In the order of BackoffConfig's and RetryBudgetConfig's alternatives.
inline constexpr std::array<std::string_view, 2> kBackoffWords{"none", "exponential"};
inline constexpr std::array<std::string_view, 3> kRetryBudgetWords{"none", "window", "bucket"};

template <class E, std::size_t N>
constexpr std::string_view word_for(const std::array<Word<E>, N>& words, E meaning) {
  for (const Word<E>& word : words) {
    if (word.meaning == meaning) return word.name;
  }
  return {};
}

}  // namespace meshtwin
