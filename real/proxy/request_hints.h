// What requests say about when and whether: deadlines, urgency.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.h"
#include "real/http/head.h"

namespace meshtwin {

// For how long the sender waits: x-envoy-expected-rq-timeout-ms, as Envoy has it between its hops. None where there is
// no such field, or it makes no sense.
std::optional<Duration> expected_timeout(const RequestHead& head);

// The urgency of a Priority field (RFC 9218, section 4.1), 0 to 7; 3 where there is none.
std::uint8_t urgency_of(const RequestHead& head);

}  // namespace meshtwin
