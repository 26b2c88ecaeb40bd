// Calibration files: what one machine adds to each message and each timer, as `meshtwin calibrate` measures
// it.
#pragma once

#include <string>
#include <string_view>

#include "core/config/scenario.h"
#include "core/result.h"

namespace meshtwin {

// The overheads in the text of `file`: "request_path", "response_path" and "timer_lateness", each a
// distribution as in scenarios or a bare table of quantiles. The file's other keys are for people. Errors
// read `FILE: PATH: what`.
Result<Overheads> parse_calibration(std::string_view text, const std::string& file);

}  // namespace meshtwin
