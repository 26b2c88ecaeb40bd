// When a server wants a request again, as fields of its response.
#pragma once

#include <optional>
#include <string>

#include "core/time.h"
#include "real/http/head.h"

namespace meshtwin {

// When the request is wanted again: grpc-retry-pushback-ms (gRPC's A6; below 0, or no number: never), or Retry-After in
// seconds (RFC 9110, section 10.2.3; a date is not heeded).
std::optional<Duration> retry_after(const ResponseHead& head);

// Appends the whole line of grpc-retry-pushback-ms with its end, rounded to milliseconds; `wish` below 0: never.
void append_retry_pushback(Duration wish, std::string& out);

}  // namespace meshtwin
