#include "real/http/field_facts.h"

#include <algorithm>
#include <charconv>

#include "real/http/characters.h"
#include "real/http/lines.h"

namespace meshtwin {
namespace {

constexpr std::size_t kLengthDigitsMax = 18;  // any such number fits 64 bits with room to add
constexpr std::size_t kPortDigitsMax = 5;

bool parse_length(std::string_view text, std::uint64_t& length) {
  if (text.empty() || text.size() > kLengthDigitsMax) return false;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, length);
  return error == std::errc{} && stop == end;
}

// Calls `each` with the members of a list, but for empty ones, until it says false.
template <class Each>
bool each_member(std::string_view list, const Each& each) {
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string_view member = trimmed(list.substr(0, comma));
    if (!member.empty() && !each(member)) return false;
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

bool add_connection(std::string_view value, MessageHead& head, FieldFacts& facts) {
  return each_member(value, [&](std::string_view option) {
    if (!all_in(option, kTokenCharacter)) return false;
    if (equal_ignoring_case(option, "close")) {
      facts.close = true;
    } else if (equal_ignoring_case(option, "keep-alive")) {
      facts.keep_alive = true;
    } else if (equal_ignoring_case(option, "upgrade")) {
      facts.upgrade_option = true;
    } else {
      head.connection_options.push_back(option);
    }
    return true;
  });
}

// An upgrade to HTTP/2 would carry requests past the routes and policies that are applied here.
bool may_upgrade_to(std::string_view value) {
  return each_member(value, [](std::string_view protocol) { return !equal_ignoring_case(protocol, "h2c"); });
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const char* const end = text.data() + text.size();
  if (text.empty()) return true;
  if (text.size() > kPortDigitsMax) return false;
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  return error == std::errc{} && stop == end && port <= 0xffff;
}

ParseResult bad(std::string_view reason) { return {ParseStatus::error, 0, 400, reason}; }

}  // namespace

std::string_view add_field(const HeaderField& field, MessageHead& head, FieldFacts& facts) {
  switch (field.known) {
    case KnownHeader::host:
      if (++facts.hosts > 1) return "two Host fields";
      if (!field.value.empty() && !is_authority(field.value)) return "the Host field is not valid";
      facts.host = field.value;
      return {};
    case KnownHeader::content_length:
      if (++facts.lengths > 1) return "two Content-Length fields";
      return parse_length(field.value, facts.length) ? std::string_view()
                                                     : "the Content-Length is not a number";
    case KnownHeader::transfer_encoding:
      if (++facts.codings > 1) return "two Transfer-Encoding fields";
      facts.chunked = equal_ignoring_case(field.value, "chunked");
      return {};
    case KnownHeader::connection:
      return add_connection(field.value, head, facts) ? std::string_view()
                                                      : "the Connection field is not valid";
    case KnownHeader::upgrade:
      facts.upgrade_field = true;
      facts.upgrade_refused = facts.upgrade_refused || !may_upgrade_to(field.value);
      return {};
    case KnownHeader::expect:
      facts.expects_continue = equal_ignoring_case(field.value, "100-continue");
      return {};
    default:
      return {};
  }
}

ParseResult judge(const FieldFacts& facts, MessageHead& head) {
  if (facts.codings > 0) {
    if (facts.lengths > 0) return bad("both Content-Length and Transfer-Encoding");
    if (head.minor_version == 0) return bad("Transfer-Encoding in HTTP/1.0");
    if (!facts.chunked) return {ParseStatus::error, 0, 501, "a transfer coding other than chunked"};
  }
  head.keep_alive = !facts.close && (head.minor_version == 1 || facts.keep_alive);
  head.upgrade =
      facts.upgrade_option && facts.upgrade_field && !facts.upgrade_refused && head.minor_version == 1;
  return {ParseStatus::complete, 0, 0, {}};
}

bool is_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    const std::string_view address = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    const bool fine = std::all_of(address.begin(), address.end(),
                                  [](char c) { return hex_digit(c) >= 0 || c == ':' || c == '.'; });
    return fine && (text.empty() || (text.front() == ':' && is_port(text.substr(1))));
  }
  const char* const end = text.data() + text.size();
  const char* const name_end = skip(text.data(), end, kNameCharacter);
  if (name_end == text.data()) return false;
  if (name_end == end) return true;
  return *name_end == ':' && is_port({name_end + 1, static_cast<std::size_t>(end - name_end - 1)});
}

}  // namespace meshtwin
