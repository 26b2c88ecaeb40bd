// A uniform draw that heeds exclusions, for the upstream and for balancers.
#pragma once

#include <cstddef>

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// How many eligible endpoints the context does not exclude.
std::size_t allowed_count(const PickContext& context);

// Uniformly at random among the eligible endpoints that are not excluded; among all when each is.
EndpointIndex pick_uniform(const PickContext& context);

}  // namespace meshtwin
