// Scenario files: reading and checking them whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/scenario.h"
#include "core/config/scenario_document.h"
#include "core/result.h"

namespace meshtwin {

// Reads the scenario whose text is that of `file`: base files, policies and tables come through `load`, then
// `overrides` (`path=value`, see apply_override) are applied. The first problem is the error, one line:
// `FILE: PATH: VALUE what is wrong; what would be right`.
Result<Scenario> parse_scenario(std::string_view text, const std::string& file, const FileLoader& load,
                                const std::vector<std::string>& overrides = {});

// The same for a document that is put together already. `log`, where given, gets the keys that were asked
// for.
Result<Scenario> parse_scenario(const ScenarioDocument& document, const FileLoader& load,
                                KnownKeys* log = nullptr);

}  // namespace meshtwin
