// Calibration files: what one machine adds to each message and each timer, as `meshtwin calibrate` measures
// it.
#pragma once

#include <string>
#include <string_view>

#include "core/config/scenario.h"
#include "core/result.h"

namespace meshtwin {

// The overheads in the text of `file`, each a distribution as in scenarios or a bare table of quantiles:
// "request_path", from the moment that a call is due to its being with the instance; "timer_lateness", from
// the end of the service time to the worker's being free and the answer sent; "response_path", from there to
// the caller's having the answer. A call takes the sum of the three and its service time. The file's other
// keys are for people. Errors read `FILE: PATH: what`.
Result<Overheads> parse_calibration(std::string_view text, const std::string& file);

}  // namespace meshtwin
