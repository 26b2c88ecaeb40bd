// The heads of HTTP/1.1 messages (RFC 9110, RFC 9112) as a proxy needs them: views into the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace meshtwin {

enum class Method : std::uint8_t { get, head, post, put, delete_, options, trace, patch, connect, other };

// RFC 9110, 9.2.2: asking twice is the same as asking once.
constexpr bool is_idempotent(Method method) {
  return method != Method::post && method != Method::patch && method != Method::connect &&
         method != Method::other;
}

// How a message's body ends.
struct BodyFraming {
  enum class Kind : std::uint8_t {
    none,         // there is no body
    fixed,        // after `length` bytes
    chunked,      // with the last chunk and its trailers
    until_close,  // with the connection; responses alone
  };
  Kind kind = Kind::none;
  std::uint64_t length = 0;
};

// Fields that mean something to an intermediary.
enum class KnownHeader : std::uint8_t {
  other,
  host,
  connection,
  keep_alive,
  proxy_connection,
  te,
  trailer,
  transfer_encoding,
  upgrade,
  proxy_authenticate,
  proxy_authorization,
  content_length,
  expect,
  via,
  x_forwarded_for,
  x_forwarded_proto,
  x_request_id,
  traceparent,
  tracestate,
  date,
  max_forwards,
  endpoint_load_metrics,
  priority,
  retry_after,
  grpc_retry_pushback_ms,
  x_envoy_expected_rq_timeout_ms,
  lookalike,  // one of these names with "_" for "-", which CGI and its like take for the name itself
};
// By name, whatever its case. The name is a token: not empty, and of the characters that names may have.
KnownHeader known_header(std::string_view name);

struct HeaderField {
  std::string_view name;
  std::string_view value;  // without white space around it
  KnownHeader known = KnownHeader::other;
  bool verbatim = false;  // behind the name come ": ", the value, CR LF and nothing else
};

// What both kinds of heads have. Objects are used again and keep their memory.
struct MessageHead {
  std::uint8_t minor_version = 1;  // of HTTP/1: 0 or 1
  std::vector<HeaderField> fields;
  std::vector<std::string_view> connection_options;  // the tokens of Connection: fields of this hop alone
  BodyFraming framing;
  bool keep_alive = true;
  bool upgrade = false;  // Connection names Upgrade, and there is one, and not to h2c
};

struct RequestHead : MessageHead {
  Method method = Method::get;
  std::string_view method_text;
  std::string_view target;  // path and query, or "*"; without scheme and authority
  std::string_view host;    // the authority of the target, else the Host field
  bool expects_continue = false;
};

struct ResponseHead : MessageHead {
  std::uint16_t status = 200;
  std::string_view reason;
};

// The first field of a kind; empty where there is none.
std::string_view value_of(const MessageHead& head, KnownHeader known);

// Whether Connection names such a field, so that it ends here (RFC 9110, 7.6.1).
bool is_named_by_connection(const MessageHead& head, std::string_view name);

// How often the request may still be passed on (RFC 9110, 7.6.2); none for methods that don't heed it, and
// where the client sent none or no number.
std::optional<std::uint32_t> max_forwards(const RequestHead& head);

// Both are equal but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace meshtwin
