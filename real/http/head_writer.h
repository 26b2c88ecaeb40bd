// Heads as an intermediary sends them on: fields of one hop taken out, its own put in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "real/http/head.h"

namespace meshtwin {

struct RequestOptions {
  std::string_view target;  // canonical
  std::string_view via;     // pseudonym to add; empty: none
  // To add to X-Forwarded-For; empty: that field and X-Forwarded-Proto are sent on as they came.
  std::string_view client_ip;
  bool replace_forwarded = false;    // take what the client sent of them away first
  std::string_view request_id;       // to send where the client sent none
  std::string_view traceparent;      // the same
  std::optional<std::uint32_t> max_forwards;  // to send in place of the client's
  std::string_view scheme = "http";  // by which the client came, for X-Forwarded-Proto
};

// Appends the head with its final empty line. Values came through the parser, so none can hold a line's end;
// nor may one in the options. Besides fields of this hop, Expect goes no further where `expects_continue` is
// not set, and Trailer where the body is not in chunks.
void write_request_head(const RequestHead& head, const RequestOptions& options, std::string& out);

struct ResponseOptions {
  std::uint8_t client_minor_version = 1;
  bool keep_alive = true;
  std::string_view via;
  std::string_view date;   // to send where the endpoint sent none
  std::string_view extra;  // whole lines with their ends
  bool load_report = false;  // the endpoint's goes on: it is of the hop to it, else
};

// Appends the head; says how the body that follows has to be framed. `until_close` means that the connection
// has to end after it, whatever the options say.
BodyFraming::Kind write_response_head(const ResponseHead& head, const ResponseOptions& options,
                                      std::string& out);

// A head with a status below 200, as it came but for fields of one hop. 101 keeps Connection and Upgrade.
void write_interim_head(const ResponseHead& head, std::string& out);

// A whole response with a short text, for what no endpoint answers. `head_only`: to a HEAD request.
void write_local_response(std::uint16_t status, std::string_view text, const ResponseOptions& options,
                          bool head_only, std::string& out);

std::string_view reason_phrase(std::uint16_t status);

}  // namespace meshtwin
