// The results of a validation as people and programs read them.
#pragma once

#include <cstddef>
#include <limits>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sim/cli/terminal.h"
#include "sim/validation/validation.h"

namespace meshtwin {

// Columns are left out where a line of the table would be longer than `table_width`.
std::string validation_report(const Validation& validation, const Paint& paint, std::size_t width,
                              std::size_t table_width = std::numeric_limits<std::size_t>::max());
nlohmann::ordered_json validation_document(const Validation& validation);
// Each check as a dot with its interval, by how much it is off its reference; SVG.
std::string validation_plot(const Validation& validation);

}  // namespace meshtwin
