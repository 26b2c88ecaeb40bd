// What explanations call the outcome of a pick and the order of scores.
#pragma once

#include <string_view>

#include "core/upstream/pick_trace.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// "picked", "queue", "fail", "drop".
std::string_view name(Pick::Kind kind);
// "lower_wins", "higher_wins", "drawn".
std::string_view name(ScoreOrder order);

}  // namespace meshtwin
