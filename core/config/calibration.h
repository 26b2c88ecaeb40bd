// Calibration files: what one machine adds to each message and each timer, as `meshtwin calibrate` measures
// it.
#pragma once

#include <string>
#include <string_view>

#include "core/config/scenario.h"
#include "core/result.h"

namespace meshtwin {

// The overheads in the text of `file`, each a distribution as in scenarios or a bare table of quantiles:
// "to_sidecar", from the moment that a call is due to its sidecar's having it; "request_path", from there to its being
// with the instance; "timer_lateness", from the end of the service time to the worker's being free; "answer_lateness",
// from there to the answer's being sent; "response_path", from there to the sidecar's having the answer; "from_sidecar",
// from there to the caller's. A call takes the sum of them and its service time. The ways to and from the sidecar and
// the lateness of answers may be missing. The file's other keys are for people. Errors read `FILE: PATH: what`.
Result<Overheads> parse_calibration(std::string_view text, const std::string& file);

}  // namespace meshtwin
