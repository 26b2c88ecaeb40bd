// Policy files: reading them, and the canonical form whose SHA-256 names a policy wherever it is used.
#pragma once

#include <string>
#include <string_view>

#include "core/config/json_fwd.h"
#include "core/config/policy.h"
#include "core/result.h"

namespace meshtwin {

// Reads a policy from the text of `file`, or from JSON at `path` of `file`. Errors read `FILE: PATH: what`.
Result<PolicyConfig> parse_policy(std::string_view text, const std::string& file);
Result<PolicyConfig> policy_from_json(const Json& json, const std::string& file,
                                      const std::string& path = "$");

// The policy with every default written out and what is off left out (no timeout, no breaker, an unlimited
// limit), so that a later version's new options don't change it; of retry.methods, the default is left out as
// well. Durations in their normal form.
Json canonical_policy(const PolicyConfig& policy);

// canonical_policy as text: keys sorted, no white space, each number in its shortest form. Policies that mean
// the same have the same text, and parsing it gives the same policy.
std::string canonical_policy_text(const PolicyConfig& policy);

// SHA-256 of canonical_policy_text, 64 hexadecimal digits.
std::string policy_sha256(const PolicyConfig& policy);

}  // namespace meshtwin
