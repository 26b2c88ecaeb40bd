// What requests and responses say about when and whether: deadlines, urgency, wishes for retries.
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

// When the request is wanted again: grpc-retry-pushback-ms (gRPC's A6; below 0, or no number: never), or Retry-After in
// seconds (RFC 9110, section 10.2.3; a date is not heeded).
std::optional<Duration> retry_after(const ResponseHead& head);

}  // namespace meshtwin
