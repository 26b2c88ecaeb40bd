// The balancer of a policy: from JSON to data and back.
#pragma once

#include "core/config/balancer.h"
#include "core/config/json_fwd.h"
#include "core/config/reader.h"

namespace meshtwin {

// Reads and checks the balancer at `value`; what is wrong goes to its Diagnostics.
BalancerConfig read_balancer(const Value& value);

// With every default spelt out, in the words of the file.
Json canonical_balancer(const BalancerConfig& balancer);

}  // namespace meshtwin
