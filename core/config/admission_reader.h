// Admission of a policy: from JSON to data and back.
#pragma once

#include "core/config/admission.h"
#include "core/config/json_fwd.h"
#include "core/config/reader.h"

namespace meshtwin {

// What is wrong goes to the value's Diagnostics.
AdmissionConfig read_admission(const Value& value);

// With every default spelt out, in the words of the file; an empty object where there is none.
Json canonical_admission(const AdmissionConfig& admission);

}  // namespace meshtwin
