#include "real/http/head_parser.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "real/http/characters.h"

namespace meshtwin {
namespace {

constexpr int kEmptyLinesMax = 2;
constexpr std::size_t kLengthDigitsMax = 18;  // any such number fits 64 bits with room to add

ParseResult refuse(std::uint16_t answer, std::string_view reason) {
  return {ParseStatus::error, 0, answer, reason};
}
ParseResult bad(std::string_view reason) { return refuse(400, reason); }

// Looks for the empty line at the end. `consumed` of a complete head includes it.
ParseResult find_end(std::string_view bytes, const HeadLimits& limits, HeadScan& scan) {
  while (true) {
    const void* found = std::memchr(bytes.data() + scan.scanned, '\n', bytes.size() - scan.scanned);
    if (found == nullptr) break;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (at == scan.line || bytes[at - 1] != '\r') return bad("a line ends without CR LF");
    const bool empty = at == scan.line + 1;
    scan.line = scan.scanned = at + 1;
    if (at + 1 > limits.bytes_max) return refuse(431, "the head is too large");
    if (empty) return {ParseStatus::complete, at + 1, 0, {}};
  }
  scan.scanned = bytes.size();
  if (bytes.size() > limits.bytes_max) return refuse(431, "the head is too large");
  return {};
}

// The first line of `text`, taken off it with its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end - 1);
  text.remove_prefix(end + 1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// What the fields say about framing and connection, gathered before it is judged.
struct Gathered {
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
  bool chunked = false;
  bool close = false;
  bool keep_alive = false;
  bool upgrade_option = false;
  bool upgrade_field = false;
  bool expects = false;
  std::uint64_t length = 0;
  std::string_view host;
};

bool parse_length(std::string_view text, std::uint64_t& length) {
  if (text.empty() || text.size() > kLengthDigitsMax) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return error == std::errc{} && end == text.data() + text.size() && text.front() != '-';
}

bool gather_connection(std::string_view value, MessageHead& head, Gathered& all) {
  while (true) {
    const std::size_t comma = value.find(',');
    const std::string_view option = trimmed(value.substr(0, comma));
    if (!option.empty()) {
      if (!all_in(option, kTokenCharacter)) return false;
      if (equal_ignoring_case(option, "close")) all.close = true;
      else if (equal_ignoring_case(option, "keep-alive")) all.keep_alive = true;
      else if (equal_ignoring_case(option, "upgrade")) all.upgrade_option = true;
      else head.connection_options.push_back(option);
    }
    if (comma == std::string_view::npos) return true;
    value.remove_prefix(comma + 1);
  }
}

// An empty text where the field is fine.
std::string_view gather(const HeaderField& field, MessageHead& head, Gathered& all) {
  switch (field.known) {
    case KnownHeader::host:
      if (++all.hosts > 1) return "two Host fields";
      if (!all_in(field.value, kHostCharacter)) return "the Host field is not valid";
      all.host = field.value;
      return {};
    case KnownHeader::content_length:
      if (++all.lengths > 1) return "two Content-Length fields";
      return parse_length(field.value, all.length) ? std::string_view() : "the Content-Length is not a number";
    case KnownHeader::transfer_encoding:
      if (++all.codings > 1) return "two Transfer-Encoding fields";
      all.chunked = equal_ignoring_case(field.value, "chunked");
      return {};
    case KnownHeader::connection:
      return gather_connection(field.value, head, all) ? std::string_view() : "the Connection field is not valid";
    case KnownHeader::upgrade:
      all.upgrade_field = true;
      return {};
    case KnownHeader::expect:
      all.expects = equal_ignoring_case(field.value, "100-continue");
      return {};
    default:
      return {};
  }
}

ParseResult parse_fields(std::string_view lines, const HeadLimits& limits, MessageHead& head, Gathered& all) {
  head.fields.clear();
  head.connection_options.clear();
  while (true) {
    const std::string_view line = take_line(lines);
    if (line.empty()) break;
    if (head.fields.size() == limits.fields_max) return refuse(431, "too many fields");
    HeaderField& field = head.fields.emplace_back();
    if (!parse_field_line(line, field)) return bad("a field is not valid");
    if (const std::string_view wrong = gather(field, head, all); !wrong.empty()) return bad(wrong);
  }
  if (all.codings > 0 && all.lengths > 0) return bad("both Content-Length and Transfer-Encoding");
  if (all.codings > 0 && head.minor_version == 0) return bad("Transfer-Encoding in HTTP/1.0");
  if (all.codings > 0 && !all.chunked) return refuse(501, "a transfer coding other than chunked");
  head.keep_alive = !all.close && (head.minor_version == 1 || all.keep_alive);
  head.upgrade = all.upgrade_option && all.upgrade_field && head.minor_version == 1;
  return {ParseStatus::complete, 0, 0, {}};
}

Method method_of(std::string_view text) {
  if (text == "GET") return Method::get;
  if (text == "POST") return Method::post;
  if (text == "HEAD") return Method::head;
  if (text == "PUT") return Method::put;
  if (text == "DELETE") return Method::delete_;
  if (text == "OPTIONS") return Method::options;
  if (text == "PATCH") return Method::patch;
  if (text == "TRACE") return Method::trace;
  if (text == "CONNECT") return Method::connect;
  return Method::other;
}

// The number behind "HTTP/1."; -1: no version at all, -2: one that we don't speak.
int minor_version_of(std::string_view text) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.') return -1;
  if (text[5] < '0' || text[5] > '9' || text[7] < '0' || text[7] > '9') return -1;
  if (text[5] != '1') return -2;
  return text[7] == '0' ? 0 : 1;
}

// Takes scheme and authority off an absolute target. An empty text where that went well.
std::string_view take_authority(RequestHead& head) {
  const std::size_t scheme = head.target.find("://");
  const std::string_view name = head.target.substr(0, scheme == std::string_view::npos ? 0 : scheme);
  if (!equal_ignoring_case(name, "http") && !equal_ignoring_case(name, "https")) {
    return "the target is neither a path nor an http URI";
  }
  std::string_view rest = head.target.substr(scheme + 3);
  const std::size_t end = rest.find_first_of("/?");
  head.host = rest.substr(0, end);
  if (head.host.empty() || !all_in(head.host, kHostCharacter)) return "the target's authority is not valid";
  head.target = end == std::string_view::npos ? std::string_view("/") : rest.substr(end);
  if (head.target.front() == '?') return "the target has a query without a path";
  return {};
}

ParseResult parse_request_line(std::string_view line, const HeadLimits& limits, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return bad("the request line is not valid");
  head.method_text = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const int version = minor_version_of(line.substr(last + 1));
  if (head.method_text.empty() || !all_in(head.method_text, kTokenCharacter)) return bad("the method is not valid");
  if (version == -1) return bad("the request line is not valid");
  if (version == -2) return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  head.minor_version = static_cast<std::uint8_t>(version);
  head.method = method_of(head.method_text);
  if (head.method == Method::connect) return refuse(501, "CONNECT is not supported");
  if (head.target.size() > limits.target_max) return refuse(414, "the target is too long");
  if (head.target.empty() || !all_in(head.target, kTargetCharacter)) return bad("the target is not valid");
  return {ParseStatus::complete, 0, 0, {}};
}

}  // namespace

bool parse_field_line(std::string_view line, HeaderField& field) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  field.name = line.substr(0, colon);
  field.value = trimmed(line.substr(colon + 1));
  if (!all_in(field.name, kTokenCharacter) || !all_in(field.value, kValueCharacter)) return false;
  field.known = known_header(field.name);
  return true;
}

ParseResult parse_request_head(std::string_view bytes, const HeadLimits& limits, RequestHead& head,
                               HeadScan& scan) {
  std::size_t skipped = 0;
  while (skipped < 2 * kEmptyLinesMax && bytes.substr(skipped).starts_with("\r\n")) skipped += 2;
  if (bytes.size() == skipped || bytes.substr(skipped) == "\r") return {};
  const std::string_view message = bytes.substr(skipped);
  const ParseResult end = find_end(message, limits, scan);
  if (end.status == ParseStatus::error && end.answer == 431 && scan.line == 0) {
    return refuse(414, "the request line is too long");
  }
  if (end.status != ParseStatus::complete) return end;

  std::string_view lines = message.substr(0, end.consumed);
  if (const ParseResult line = parse_request_line(take_line(lines), limits, head);
      line.status == ParseStatus::error) {
    return line;
  }
  Gathered all;
  if (const ParseResult fields = parse_fields(lines, limits, head, all); fields.status == ParseStatus::error) {
    return fields;
  }
  if (all.hosts == 0 && head.minor_version == 1) return bad("no Host field");
  head.host = all.host;
  if (head.target == "*") {
    if (head.method != Method::options) return bad("the target * is for OPTIONS alone");
  } else if (head.target.front() != '/') {
    if (const std::string_view wrong = take_authority(head); !wrong.empty()) return bad(wrong);
  }
  head.framing = all.chunked       ? BodyFraming{BodyFraming::Kind::chunked, 0}
                 : all.lengths > 0 ? BodyFraming{BodyFraming::Kind::fixed, all.length}
                                   : BodyFraming{};
  head.expects_continue = all.expects && head.minor_version == 1;
  return {ParseStatus::complete, skipped + end.consumed, 0, {}};
}

ParseResult parse_response_head(std::string_view bytes, const HeadLimits& limits, Method method,
                                ResponseHead& head, HeadScan& scan) {
  const ParseResult end = find_end(bytes, limits, scan);
  if (end.status != ParseStatus::complete) return end;
  std::string_view lines = bytes.substr(0, end.consumed);
  const std::string_view line = take_line(lines);
  const int version = line.size() < 12 ? -1 : minor_version_of(line.substr(0, 8));
  if (version < 0 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) {
    return bad("the status line is not valid");
  }
  const auto [stop, error] = std::from_chars(line.data() + 9, line.data() + 12, head.status);
  if (error != std::errc{} || stop != line.data() + 12 || head.status < 100 || head.status > 599) {
    return bad("the status is not a number from 100 to 599");
  }
  head.minor_version = static_cast<std::uint8_t>(version);
  head.reason = line.size() > 13 ? line.substr(13) : std::string_view();
  if (!all_in(head.reason, kValueCharacter)) return bad("the status line is not valid");
  Gathered all;
  if (const ParseResult fields = parse_fields(lines, limits, head, all); fields.status == ParseStatus::error) {
    return fields;
  }
  const bool bodiless =
      method == Method::head || head.status < 200 || head.status == 204 || head.status == 304;
  head.framing = bodiless          ? BodyFraming{BodyFraming::Kind::none, all.length}
                 : all.chunked     ? BodyFraming{BodyFraming::Kind::chunked, 0}
                 : all.lengths > 0 ? BodyFraming{BodyFraming::Kind::fixed, all.length}
                                   : BodyFraming{BodyFraming::Kind::until_close, 0};
  if (head.framing.kind == BodyFraming::Kind::until_close) head.keep_alive = false;
  return {ParseStatus::complete, end.consumed, 0, {}};
}

}  // namespace meshtwin
