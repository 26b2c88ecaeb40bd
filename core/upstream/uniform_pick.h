// A uniform draw that heeds exclusions, for the upstream and for balancers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// How many eligible endpoints the context does not exclude.
std::size_t allowed_count(const PickContext& context);

// Uniformly at random among the eligible endpoints that are not excluded; among all when each is.
EndpointIndex pick_uniform(const PickContext& context);

// Explains a uniform draw: the one picked, and those that were kept out.
void trace_uniform(const PickContext& context, EndpointIndex picked, std::string_view rule, PickTrace& trace);

// Puts the eligible endpoints that the context excludes, each once, into the trace, where that has an effect.
template <class Score>
void trace_excluded(const PickContext& context, PickTrace& trace, const Score& score) {
  if (context.excluded.empty() || allowed_count(context) == 0) return;
  for (std::size_t i = 0; i < context.excluded.size(); ++i) {
    const EndpointIndex e = context.excluded[i];
    const auto earlier = context.excluded.first(i);
    if (std::find(earlier.begin(), earlier.end(), e) != earlier.end()) continue;
    if (context.endpoints.is_eligible(e)) trace.consider(e, score(e), true);
  }
}

}  // namespace meshtwin
