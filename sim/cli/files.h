// Reading the files that users name.
#pragma once

#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/result.h"

namespace meshtwin {

// A file's content; the error names the file and the reason.
Result<std::string> read_file(const std::string& path);

// A scenario with all that it names; `overrides` are `path=value` texts that change it first.
Result<Scenario> load_scenario(const std::string& path, const std::vector<std::string>& overrides);

// A policy file and the SHA-256 of what it means.
Result<ServicePolicy> load_policy(const std::string& path);

// Whether the JSON in a file is a scenario (it has services or extends one) rather than a policy.
Result<bool> is_scenario_file(const std::string& path);

}  // namespace meshtwin
