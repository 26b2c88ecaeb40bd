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

bool is_of_one_hop(KnownHeader known) {
  switch (known) {
    case KnownHeader::connection:
    case KnownHeader::keep_alive:
    case KnownHeader::proxy_connection:
    case KnownHeader::te:
    case KnownHeader::trailer:
    case KnownHeader::transfer_encoding:
    case KnownHeader::upgrade:
    case KnownHeader::proxy_authenticate:
    case KnownHeader::proxy_authorization:
      return true;
    default:
      return false;
  }
}

// RFC 9110, 7.6.1: what Connection names ends here, too. Fields that are written anew are named in vain.
bool is_named_by_connection(const MessageHead& head, const HeaderField& field) {
  return std::any_of(head.connection_options.begin(), head.connection_options.end(),
                     [&](std::string_view option) { return equal_ignoring_case(option, field.name); });
}

bool goes_on(const MessageHead& head, const HeaderField& field) {
  if (field.known == KnownHeader::content_length || is_of_one_hop(field.known)) return false;
  return head.connection_options.empty() || !is_named_by_connection(head, field);
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

bool is_forwarded(KnownHeader known) {
  return known == KnownHeader::x_forwarded_for || known == KnownHeader::x_forwarded_proto;
}

// All that came in one line, since many servers read the first one alone.
void append_forwarded(const RequestHead& head, const RequestOptions& options, std::string& out) {
  out.append("x-forwarded-for: ");
  bool has_proto = false;
  for (const HeaderField& field : head.fields) {
    if (options.replace_forwarded || !is_forwarded(field.known)) continue;
    has_proto = has_proto || field.known == KnownHeader::x_forwarded_proto;
    if (field.known == KnownHeader::x_forwarded_for) out.append(field.value).append(", ");
  }
  out.append(options.client_ip).append("\r\n");
  if (!has_proto) out.append("x-forwarded-proto: http\r\n");
}

void append_status_line(std::uint16_t status, std::string_view reason, std::string& out) {
  out.append("HTTP/1.1 ");
  append_number(status, out);
  out.append(" ").append(reason).append("\r\n");
}

void append_connection(const ResponseOptions& options, bool keep_alive, std::string& out) {
  if (!keep_alive) out.append("connection: close\r\n");
  else if (options.client_minor_version == 0) out.append("connection: keep-alive\r\n");
}

}  // namespace

void write_request_head(const RequestHead& head, const RequestOptions& options, std::string& out) {
  out.append(head.method_text).append(" ").append(options.target).append(" HTTP/1.1\r\n");
  append_line("host", head.host, out);
  const bool adds_forwarded = !options.client_ip.empty();
  bool has_id = false;
  bool has_trace = false;
  for (const HeaderField& field : head.fields) {
    if (field.known == KnownHeader::host || !goes_on(head, field)) continue;
    if (is_forwarded(field.known) && adds_forwarded &&
        (options.replace_forwarded || field.known == KnownHeader::x_forwarded_for)) {
      continue;
    }
    has_id = has_id || field.known == KnownHeader::x_request_id;
    has_trace = has_trace || field.known == KnownHeader::traceparent;
    append_line(field.name, field.value, out);
  }
  if (adds_forwarded) append_forwarded(head, options, out);
  append_via(head.minor_version, options.via, out);
  if (!has_id && !options.request_id.empty()) append_line("x-request-id", options.request_id, out);
  if (!has_trace && !options.traceparent.empty()) append_line("traceparent", options.traceparent, out);
  append_framing(head.framing, out);
  if (head.upgrade) {
    out.append("connection: upgrade\r\n");
    append_line("upgrade", value_of(head, KnownHeader::upgrade), out);
  }
  out.append("\r\n");
}

BodyFraming::Kind write_response_head(const ResponseHead& head, const ResponseOptions& options,
                                      std::string& out) {
  append_status_line(head.status, head.reason, out);
  for (const HeaderField& field : head.fields) {
    if (goes_on(head, field)) append_line(field.name, field.value, out);
  }
  append_via(head.minor_version, options.via, out);
  out.append(options.extra);
  BodyFraming framing = head.framing;
  if (framing.kind == BodyFraming::Kind::none && head.status != 204) {
    const std::string_view length = value_of(head, KnownHeader::content_length);
    if (!length.empty()) append_line("content-length", length, out);
  }
  if (framing.kind == BodyFraming::Kind::chunked || framing.kind == BodyFraming::Kind::until_close) {
    framing.kind =
        options.client_minor_version == 0 ? BodyFraming::Kind::until_close : BodyFraming::Kind::chunked;
  }
  append_framing(framing, out);
  append_connection(options, options.keep_alive && framing.kind != BodyFraming::Kind::until_close, out);
  out.append("\r\n");
  return framing.kind;
}

void write_interim_head(const ResponseHead& head, std::string& out) {
  append_status_line(head.status, head.reason, out);
  for (const HeaderField& field : head.fields) {
    if (goes_on(head, field)) append_line(field.name, field.value, out);
  }
  if (head.status == 101 && head.upgrade) {
    out.append("connection: upgrade\r\n");
    append_line("upgrade", value_of(head, KnownHeader::upgrade), out);
  }
  out.append("\r\n");
}

void write_local_response(std::uint16_t status, std::string_view text, const ResponseOptions& options,
                          bool head_only, std::string& out) {
  append_status_line(status, reason_phrase(status), out);
  out.append("content-type: text/plain\r\ncontent-length: ");
  append_number(text.size(), out);
  out.append("\r\n").append(options.extra);
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
