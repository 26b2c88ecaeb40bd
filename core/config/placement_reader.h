// Subset, priorities, locality and slow start of a policy: from JSON to data and back.
#pragma once

#include "core/config/json_fwd.h"
#include "core/config/placement.h"
#include "core/config/reader.h"

namespace meshtwin {

// What is wrong goes to the value's Diagnostics.
SubsetConfig read_subset(const Value& value);
PrioritiesConfig read_priorities(const Value& value);
LocalityConfig read_locality(const Value& value);
SlowStartConfig read_slow_start(const Value& value);

// With every default spelt out, in the words of the file.
Json canonical_subset(const SubsetConfig& subset);
Json canonical_priorities(const PrioritiesConfig& priorities);
Json canonical_locality(const LocalityConfig& locality);
Json canonical_slow_start(const SlowStartConfig& slow_start);

}  // namespace meshtwin
