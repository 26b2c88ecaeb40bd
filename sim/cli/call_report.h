// Why a call of a simulation went as it did, as people and programs read it.
#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "core/config/scenario.h"
#include "sim/cli/terminal.h"
#include "sim/client/call_explanation.h"

namespace meshtwin {

std::string call_report(const Scenario& scenario, const CallExplanation& call, const Paint& paint);
// Decisions have the keys that the proxy's /explain gives them.
nlohmann::ordered_json call_document(const Scenario& scenario, const CallExplanation& call);

// The least change of a score that would have changed a pick, as a sentence; empty where chance decided, or there was
// nobody else.
std::string nearest_change(const PickTrace& trace, const std::string& service);

}  // namespace meshtwin
