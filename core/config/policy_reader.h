// Policies inside other documents; for a policy that is a file of its own see policy_file.h.
#pragma once

#include "core/config/policy.h"
#include "core/config/reader.h"

namespace meshtwin {

// Reads and checks the policy at `value`; what is wrong goes to its Diagnostics.
PolicyConfig read_policy(const Value& value);

// Reads "$schema", which editors use, and ignores it.
void skip_schema_key(ObjectReader& object);

}  // namespace meshtwin
