// Outlier detection of a policy: from JSON to data and back.
#pragma once

#include "core/config/json_fwd.h"
#include "core/config/outlier.h"
#include "core/config/reader.h"

namespace meshtwin {

// What is wrong goes to the value's Diagnostics.
OutlierConfig read_outlier(const Value& value);

// With every default spelt out, in the words of the file.
Json canonical_outlier(const OutlierConfig& outlier);

}  // namespace meshtwin
