#include "real/http/head_writer.h"

#include <algorithm>
#include <charconv>

namespace meshtwin {
namespace {

void append_number(std::uint64_t number, std::string& out) {
  char text[20];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

void append_line(std::string_view name, std::string_view value, std::string& out) {
  out.append(name).append(": ").append(value).append("\r\n");
}

constexpr std::uint32_t bit(KnownHeader known) { return 1u << static_cast<unsigned>(known); }

// Fields of one hop, those that are written anew, and what could be taken for either.
constexpr std::uint32_t kNeverGoOn = bit(KnownHeader::connection) | bit(KnownHeader::keep_alive) |
                                     bit(KnownHeader::proxy_connection) | bit(KnownHeader::te) |
                                     bit(KnownHeader::transfer_encoding) | bit(KnownHeader::upgrade) |
                                     bit(KnownHeader::proxy_authenticate) |
                                     bit(KnownHeader::proxy_authorization) | bit(KnownHeader::content_length) |
                                     bit(KnownHeader::x_envoy_expected_rq_timeout_ms) |
                                     bit(KnownHeader::lookalike);

constexpr std::uint32_t kForwarded = bit(KnownHeader::x_forwarded_for) | bit(KnownHeader::x_forwarded_proto);

// Sends fields on, but for those that end here. Those that stand side by side as they are to be written go in one
// piece.
class FieldsWriter {
 public:
  FieldsWriter(const MessageHead& head, std::uint32_t without, std::string& out)
      : head_(head), without_(without | kNeverGoOn), out_(out) {}

  // Whether the field goes on.
  bool write(const HeaderField& field) {
    if ((without_ & bit(field.known)) != 0) return false;
    if (!head_.connection_options.empty() && is_named_by_connection(head_, field.name)) return false;
    if (!field.verbatim) {
      flush();
      append_line(field.name, field.value, out_);
      return true;
    }
    if (field.name.data() != end_) {
      flush();
      begin_ = field.name.data();
    }
    end_ = field.value.data() + field.value.size() + 2;
    return true;
  }

  void flush() {
    if (begin_ != nullptr) out_.append(begin_, end_);
    begin_ = end_ = nullptr;
  }

 private:
  const MessageHead& head_;
  std::uint32_t without_;
  std::string& out_;
  const char* begin_ = nullptr;
  const char* end_ = nullptr;
};

void write_fields(const MessageHead& head, std::uint32_t without, std::string& out) {
  FieldsWriter writer(head, without, out);
  for (const HeaderField& field : head.fields) writer.write(field);
  writer.flush();
}

void append_framing(const BodyFraming& framing, std::string& out) {
  if (framing.kind == BodyFraming::Kind::chunked) out.append("transfer-encoding: chunked\r\n");
  if (framing.kind != BodyFraming::Kind::fixed) return;
  out.append("content-length: ");
  append_number(framing.length, out);
  out.append("\r\n");
}

void append_via(std::uint8_t received_minor_version, std::string_view pseudonym, std::string& out) {
  if (pseudonym.empty()) return;
  out.append(received_minor_version == 0 ? "via: 1.0 " : "via: 1.1 ").append(pseudonym).append("\r\n");
}

// All that came in one line, since many servers read the first one alone.
void append_forwarded(const RequestHead& head, const RequestOptions& options, std::string& out) {
  out.append("x-forwarded-for: ");
  for (const HeaderField& field : head.fields) {
    if (options.replace_forwarded || field.known != KnownHeader::x_forwarded_for || field.value.empty()) {
      continue;
    }
    out.append(field.value).append(", ");
  }
  out.append(options.client_ip).append("\r\n");
}

// A Trailer field announces what can only come in chunks.
std::uint32_t without_trailer(BodyFraming::Kind framing) {
  return framing == BodyFraming::Kind::chunked ? 0 : bit(KnownHeader::trailer);
}

void append_upgrade(const MessageHead& head, std::string& out) {
  out.append("connection: upgrade\r\n");
  append_line("upgrade", value_of(head, KnownHeader::upgrade), out);
}

void append_status_line(std::uint16_t status, std::string_view reason, std::string& out) {
  out.append("HTTP/1.1 ");
  append_number(status, out);
  out.append(" ").append(reason).append("\r\n");
}

void append_connection(const ResponseOptions& options, bool keep_alive, std::string& out) {
  if (!keep_alive) {
    out.append("connection: close\r\n");
  } else if (options.client_minor_version == 0) {
    out.append("connection: keep-alive\r\n");
  }
}

}  // namespace

void write_request_head(const RequestHead& head, const RequestOptions& options, std::string& out) {
  out.append(head.method_text).append(" ").append(options.target).append(" HTTP/1.1\r\nhost: ");
  out.append(head.host).append("\r\n");
  const bool adds_forwarded = !options.client_ip.empty();
  std::uint32_t without = bit(KnownHeader::host) | without_trailer(head.framing.kind);
  if (adds_forwarded) without |= options.replace_forwarded ? kForwarded : bit(KnownHeader::x_forwarded_for);
  if (!head.expects_continue) without |= bit(KnownHeader::expect);
  if (options.max_forwards) without |= bit(KnownHeader::max_forwards);
  std::uint32_t written = 0;
  FieldsWriter writer(head, without, out);
  for (const HeaderField& field : head.fields) {
    if (writer.write(field)) written |= bit(field.known);
  }
  writer.flush();
  if (adds_forwarded) {
    append_forwarded(head, options, out);
    if ((written & bit(KnownHeader::x_forwarded_proto)) == 0) {
      append_line("x-forwarded-proto", options.scheme, out);
    }
  }
  if (options.max_forwards) {
    out.append("max-forwards: ");
    append_number(*options.max_forwards, out);
    out.append("\r\n");
  }
  append_via(head.minor_version, options.via, out);
  if (!options.request_id.empty() && (written & bit(KnownHeader::x_request_id)) == 0) {
    append_line("x-request-id", options.request_id, out);
  }
  if (!options.traceparent.empty() && (written & bit(KnownHeader::traceparent)) == 0) {
    append_line("traceparent", options.traceparent, out);
  }
  append_framing(head.framing, out);
  if (head.upgrade) append_upgrade(head, out);
  out.append("\r\n");
}

BodyFraming::Kind write_response_head(const ResponseHead& head, const ResponseOptions& options,
                                      std::string& out) {
  BodyFraming framing = head.framing;
  if (framing.kind == BodyFraming::Kind::chunked || framing.kind == BodyFraming::Kind::until_close) {
    framing.kind =
        options.client_minor_version == 0 ? BodyFraming::Kind::until_close : BodyFraming::Kind::chunked;
  }
  append_status_line(head.status, head.reason, out);
  const std::uint32_t without = options.load_report ? 0 : bit(KnownHeader::endpoint_load_metrics);
  write_fields(head, without | without_trailer(framing.kind), out);
  append_via(head.minor_version, options.via, out);
  if (!options.date.empty() && value_of(head, KnownHeader::date).empty()) append_line("date", options.date, out);
  out.append(options.extra);
  if (framing.kind == BodyFraming::Kind::none && head.status != 204) {
    const std::string_view length = value_of(head, KnownHeader::content_length);
    if (!length.empty()) append_line("content-length", length, out);
  }
  append_framing(framing, out);
  append_connection(options, options.keep_alive && framing.kind != BodyFraming::Kind::until_close, out);
  out.append("\r\n");
  return framing.kind;
}

void write_interim_head(const ResponseHead& head, std::string& out) {
  append_status_line(head.status, head.reason, out);
  write_fields(head, bit(KnownHeader::trailer), out);
  if (head.status == 101 && head.upgrade) append_upgrade(head, out);
  out.append("\r\n");
}

void write_local_response(std::uint16_t status, std::string_view text, const ResponseOptions& options,
                          bool head_only, std::string& out) {
  append_status_line(status, reason_phrase(status), out);
  out.append("content-type: text/plain\r\ncontent-length: ");
  append_number(text.size(), out);
  out.append("\r\n");
  if (!options.date.empty()) append_line("date", options.date, out);
  out.append(options.extra);
  append_connection(options, options.keep_alive, out);
  out.append("\r\n");
  if (!head_only) out.append(text);
}

std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "";
  }
}

}  // namespace meshtwin
