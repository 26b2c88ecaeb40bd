#include "real/http/head_parser.h"

#include <charconv>
#include <cstring>

#include "real/http/characters.h"
#include "real/http/field_facts.h"
#include "real/http/lines.h"

namespace meshtwin {
namespace {

constexpr int kEmptyLinesMax = 2;
constexpr ParseResult kFine = {ParseStatus::complete, 0, 0, {}};

ParseResult refuse(std::uint16_t answer, std::string_view reason) {
  return {ParseStatus::error, 0, answer, reason};
}
ParseResult bad(std::string_view reason) { return refuse(400, reason); }

// For what follows a part that is not complete, or not valid.
ParseResult unfinished(LineStatus status, std::string_view reason) {
  return status == LineStatus::incomplete ? ParseResult{} : bad(reason);
}

// Looks for the empty line at the end, and for a line whose end is not valid: there is a reason to parse.
bool has_end(std::string_view bytes, HeadScan& scan) {
  while (true) {
    const void* found = std::memchr(bytes.data() + scan.scanned, '\n', bytes.size() - scan.scanned);
    if (found == nullptr) break;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    const bool empty = at == scan.line + 1;
    if (empty || at == scan.line || bytes[at - 1] != '\r') return true;
    scan.line = scan.scanned = at + 1;
  }
  scan.scanned = bytes.size();
  return false;
}

// Parses what there is at the first call, which mostly is all, and later only when it is worth it.
template <class Parse>
ParseResult parse_in_pieces(std::string_view bytes, const HeadLimits& limits, HeadScan& scan,
                            const Parse& parse) {
  const std::string_view allowed = bytes.substr(0, limits.bytes_max);
  const bool first = scan.scanned == 0;
  if (first || has_end(allowed, scan) || bytes.size() > allowed.size()) {
    if (const ParseResult result = parse(allowed); result.status != ParseStatus::incomplete) return result;
  }
  if (first) scan = {allowed.rfind('\n') + 1, allowed.size()};
  return bytes.size() > allowed.size() ? refuse(431, "the head is too large") : ParseResult{};
}

ParseResult take_fields(std::string_view& bytes, const HeadLimits& limits, MessageHead& head,
                        FieldFacts& facts) {
  head.fields.clear();
  head.connection_options.clear();
  while (true) {
    HeaderField field;
    const LineStatus status = take_field(bytes, field);
    if (status == LineStatus::empty) return judge(facts, head);
    if (status != LineStatus::complete) return unfinished(status, "a field is not valid");
    if (head.fields.size() == limits.fields_max) return refuse(431, "too many fields");
    head.fields.push_back(field);
    if (field.known == KnownHeader::other) continue;
    if (const std::string_view wrong = add_field(field, head, facts); !wrong.empty()) return bad(wrong);
  }
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

enum class Version : std::uint8_t { http_1_0, http_1_1, unspoken, none };

Version version_of(std::string_view text) {
  if (text == "HTTP/1.1") return Version::http_1_1;
  if (text == "HTTP/1.0") return Version::http_1_0;
  const bool digits = text.size() == 8 && text.starts_with("HTTP/") && text[5] >= '0' && text[5] <= '9' &&
                      text[6] == '.' && text[7] >= '0' && text[7] <= '9';
  return digits ? Version::unspoken : Version::none;
}

// Takes scheme and authority off an absolute target. An empty text where that went well.
std::string_view take_authority(RequestHead& head) {
  const std::size_t scheme = head.target.find("://");
  const std::string_view name = head.target.substr(0, scheme == std::string_view::npos ? 0 : scheme);
  if (!equal_ignoring_case(name, "http") && !equal_ignoring_case(name, "https")) {
    return "the target is neither a path nor an http URI";
  }
  const std::string_view rest = head.target.substr(scheme + 3);
  const std::size_t end = rest.find_first_of("/?");
  head.host = rest.substr(0, end);
  if (!is_authority(head.host)) return "the target's authority is not valid";
  if (end == std::string_view::npos) {  // RFC 9112, 3.2.4: OPTIONS is about the server as a whole then
    head.target = head.method == Method::options ? "*" : "/";
    return {};
  }
  if (rest[end] == '?') return "the target has a query without a path";
  head.target = rest.substr(end);
  return {};
}

ParseResult take_method(std::string_view& bytes, RequestHead& head) {
  const char* const end = bytes.data() + bytes.size();
  const char* const stop = skip(bytes.data(), end, kTokenCharacter);
  if (stop == end) return {};
  if (*stop != ' ' || stop == bytes.data()) return bad("the method is not valid");
  head.method_text = bytes.substr(0, static_cast<std::size_t>(stop - bytes.data()));
  head.method = method_of(head.method_text);
  if (head.method == Method::connect) return refuse(501, "CONNECT is not supported");
  bytes.remove_prefix(head.method_text.size() + 1);
  return kFine;
}

ParseResult take_target(std::string_view& bytes, const HeadLimits& limits, RequestHead& head) {
  const std::string_view allowed = bytes.substr(0, limits.target_max + 1);
  const char* const begin = allowed.data();
  const char* const end = begin + allowed.size();
  const char* stop = skip(begin, end, kPathCharacter);
  if (stop != end && *stop == '?') stop = skip(stop, end, kQueryCharacter);
  if (stop == end) {
    return allowed.size() > limits.target_max ? refuse(414, "the target is too long") : ParseResult{};
  }
  if (*stop != ' ' || stop == begin) return bad("the target is not valid");
  head.target = allowed.substr(0, static_cast<std::size_t>(stop - begin));
  bytes.remove_prefix(head.target.size() + 1);
  return kFine;
}

ParseResult take_version(std::string_view& bytes, RequestHead& head) {
  const char* const end = bytes.data() + bytes.size();
  const char* const stop = skip(bytes.data(), end, kQueryCharacter);
  const Version version = version_of(bytes.substr(0, static_cast<std::size_t>(stop - bytes.data())));
  bytes.remove_prefix(static_cast<std::size_t>(stop - bytes.data()));
  if (const LineStatus status = take_line_end(bytes); status != LineStatus::complete) {
    return unfinished(status, "the request line is not valid");
  }
  if (version == Version::none) return bad("the request line is not valid");
  if (version == Version::unspoken) return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  head.minor_version = version == Version::http_1_0 ? 0 : 1;
  return kFine;
}

ParseResult parse_request(std::string_view bytes, const HeadLimits& limits, RequestHead& head) {
  const std::size_t size = bytes.size();
  if (const ParseResult part = take_method(bytes, head); part.status != ParseStatus::complete) return part;
  if (const ParseResult part = take_target(bytes, limits, head); part.status != ParseStatus::complete) {
    return part;
  }
  if (const ParseResult part = take_version(bytes, head); part.status != ParseStatus::complete) return part;
  FieldFacts facts;
  if (const ParseResult fields = take_fields(bytes, limits, head, facts);
      fields.status != ParseStatus::complete) {
    return fields;
  }
  if (facts.hosts == 0 && head.minor_version == 1) return bad("no Host field");
  head.host = facts.host;
  if (head.target == "*") {
    if (head.method != Method::options) return bad("the target * is for OPTIONS alone");
  } else if (head.target.front() != '/') {
    if (const std::string_view wrong = take_authority(head); !wrong.empty()) return bad(wrong);
  }
  head.framing = facts.chunked       ? BodyFraming{BodyFraming::Kind::chunked, 0}
                 : facts.lengths > 0 ? BodyFraming{BodyFraming::Kind::fixed, facts.length}
                                     : BodyFraming{};
  head.expects_continue = facts.expects_continue && head.minor_version == 1;
  return {ParseStatus::complete, size - bytes.size(), 0, {}};
}

ParseResult take_status_line(std::string_view& bytes, ResponseHead& head) {
  constexpr std::string_view kBegin = "HTTP/1.";
  if (!kBegin.starts_with(bytes.substr(0, kBegin.size()))) return bad("the status line is not valid");
  const char* const stop = skip_value(bytes.data(), bytes.data() + bytes.size());
  const std::string_view line = bytes.substr(0, static_cast<std::size_t>(stop - bytes.data()));
  bytes.remove_prefix(line.size());
  if (const LineStatus status = take_line_end(bytes); status != LineStatus::complete) {
    return unfinished(status, "the status line is not valid");
  }
  const Version version = version_of(line.substr(0, 8));
  if ((version != Version::http_1_0 && version != Version::http_1_1) || line.size() < 12 || line[8] != ' ' ||
      (line.size() > 12 && line[12] != ' ')) {
    return bad("the status line is not valid");
  }
  const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, head.status);
  if (error != std::errc{} || end != line.data() + 12 || head.status < 100 || head.status > 599) {
    return bad("the status is not a number from 100 to 599");
  }
  head.minor_version = version == Version::http_1_0 ? 0 : 1;
  head.reason = line.size() > 13 ? line.substr(13) : std::string_view();
  return kFine;
}

ParseResult parse_response(std::string_view bytes, const HeadLimits& limits, Method method,
                           ResponseHead& head) {
  const std::size_t size = bytes.size();
  if (const ParseResult part = take_status_line(bytes, head); part.status != ParseStatus::complete) {
    return part;
  }
  FieldFacts facts;
  if (const ParseResult fields = take_fields(bytes, limits, head, facts);
      fields.status != ParseStatus::complete) {
    return fields;
  }
  const bool claims_body = facts.chunked || facts.length > 0;
  if (head.status < 200 && claims_body) return bad("an interim response with a body");
  if (head.status == 101 && !head.upgrade) return bad("a switch to no protocol");
  const bool bodiless =
      method == Method::head || head.status < 200 || head.status == 204 || head.status == 304;
  head.framing = bodiless            ? BodyFraming{}
                 : facts.chunked     ? BodyFraming{BodyFraming::Kind::chunked, 0}
                 : facts.lengths > 0 ? BodyFraming{BodyFraming::Kind::fixed, facts.length}
                                     : BodyFraming{BodyFraming::Kind::until_close, 0};
  const bool dubious = head.status == 204 && claims_body;
  if (dubious || head.framing.kind == BodyFraming::Kind::until_close) head.keep_alive = false;
  return {ParseStatus::complete, size - bytes.size(), 0, {}};
}

}  // namespace

bool parse_field_line(std::string_view line, HeaderField& field) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  field.name = line.substr(0, colon);
  field.value = trimmed(line.substr(colon + 1));
  if (!all_in(field.name, kTokenCharacter) || !all_in(field.value, kValueCharacter)) return false;
  field.known = known_header(field.name);
  field.verbatim = false;
  return true;
}

ParseResult parse_request_head(std::string_view bytes, const HeadLimits& limits, RequestHead& head,
                               HeadScan& scan) {
  std::size_t skipped = 0;
  while (skipped < 2 * kEmptyLinesMax && bytes.substr(skipped).starts_with("\r\n")) skipped += 2;
  const std::string_view message = bytes.substr(skipped);
  if (message.empty() || (message == "\r" && skipped < 2 * kEmptyLinesMax)) return {};
  ParseResult result = parse_in_pieces(
      message, limits, scan, [&](std::string_view allowed) { return parse_request(allowed, limits, head); });
  if (result.status == ParseStatus::complete) result.consumed += skipped;
  if (result.answer == 431 && scan.line == 0 && scan.scanned > 0) {
    return refuse(414, "the request line is too long");
  }
  return result;
}

ParseResult parse_response_head(std::string_view bytes, const HeadLimits& limits, Method method,
                                ResponseHead& head, HeadScan& scan) {
  return parse_in_pieces(bytes, limits, scan, [&](std::string_view allowed) {
    return parse_response(allowed, limits, method, head);
  });
}

}  // namespace meshtwin
