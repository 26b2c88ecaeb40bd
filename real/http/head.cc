#include "real/http/head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace meshtwin {
namespace {

struct KnownName {
  std::string_view name;
  KnownHeader known;
};
// By length, so that most names are told apart without looking at them.
constexpr KnownName kKnownNames[] = {
    {"te", KnownHeader::te},
    {"via", KnownHeader::via},
    {"host", KnownHeader::host},
    {"date", KnownHeader::date},
    {"expect", KnownHeader::expect},
    {"trailer", KnownHeader::trailer},
    {"upgrade", KnownHeader::upgrade},
    {"priority", KnownHeader::priority},
    {"connection", KnownHeader::connection},
    {"keep-alive", KnownHeader::keep_alive},
    {"tracestate", KnownHeader::tracestate},
    {"retry-after", KnownHeader::retry_after},
    {"traceparent", KnownHeader::traceparent},
    {"x-request-id", KnownHeader::x_request_id},
    {"max-forwards", KnownHeader::max_forwards},
    {"content-length", KnownHeader::content_length},
    {"x-forwarded-for", KnownHeader::x_forwarded_for},
    {"proxy-connection", KnownHeader::proxy_connection},
    {"transfer-encoding", KnownHeader::transfer_encoding},
    {"x-forwarded-proto", KnownHeader::x_forwarded_proto},
    {"proxy-authenticate", KnownHeader::proxy_authenticate},
    {"proxy-authorization", KnownHeader::proxy_authorization},
    {"endpoint-load-metrics", KnownHeader::endpoint_load_metrics},
    {"grpc-retry-pushback-ms", KnownHeader::grpc_retry_pushback_ms},
    {"x-envoy-expected-rq-timeout-ms", KnownHeader::x_envoy_expected_rq_timeout_ms},
};

constexpr std::size_t kNameSizeMax = 30;

// Where the names of a length begin in kKnownNames; they end where those of the next one begin.
constexpr auto kFirstOfSize = [] {
  std::array<std::uint8_t, kNameSizeMax + 2> first{};
  for (std::size_t size = 0; size < first.size(); ++size) {
    while (first[size] < std::size(kKnownNames) && kKnownNames[first[size]].name.size() < size) ++first[size];
  }
  return first;
}();

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

template <class Word>
Word load(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Among the characters of tokens, the bit 0x20 tells letters' cases apart, and nothing becomes a letter or a
// hyphen by it that was none.
template <class Word>
bool same_token_part(const char* name, const char* in_lower_case) {
  constexpr Word kCaseBits = static_cast<Word>(0x2020202020202020u);
  return (load<Word>(name) | kCaseBits) == load<Word>(in_lower_case);
}

bool same_token(std::string_view name, std::string_view in_lower_case) {
  const std::size_t size = name.size();
  const char* const a = name.data();
  const char* const b = in_lower_case.data();
  if (size < 4) {
    return std::equal(name.begin(), name.end(), b, [](char x, char y) { return (x | 0x20) == y; });
  }
  if (size < 8) {
    return same_token_part<std::uint32_t>(a, b) && same_token_part<std::uint32_t>(a + size - 4, b + size - 4);
  }
  for (std::size_t at = 0; at + 8 < size; at += 8) {
    if (!same_token_part<std::uint64_t>(a + at, b + at)) return false;
  }
  return same_token_part<std::uint64_t>(a + size - 8, b + size - 8);
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

namespace {

// `name` has a size that known ones have.
bool is_lookalike(std::string_view name) {
  if (name.find('_') == std::string_view::npos) return false;
  std::array<char, kNameSizeMax> hyphenated;
  std::replace_copy(name.begin(), name.end(), hyphenated.begin(), '_', '-');
  return known_header({hyphenated.data(), name.size()}) != KnownHeader::other;
}

}  // namespace

KnownHeader known_header(std::string_view name) {
  if (name.size() > kNameSizeMax) return KnownHeader::other;
  const std::size_t end = kFirstOfSize[name.size() + 1];
  for (std::size_t i = kFirstOfSize[name.size()]; i < end; ++i) {
    if (same_token(name, kKnownNames[i].name)) return kKnownNames[i].known;
  }
  if (kFirstOfSize[name.size()] < end && is_lookalike(name)) return KnownHeader::lookalike;
  return KnownHeader::other;
}

std::string_view value_of(const MessageHead& head, KnownHeader known) {
  for (const HeaderField& field : head.fields) {
    if (field.known == known) return field.value;
  }
  return {};
}

bool is_named_by_connection(const MessageHead& head, std::string_view name) {
  return std::any_of(head.connection_options.begin(), head.connection_options.end(),
                     [&](std::string_view option) { return equal_ignoring_case(option, name); });
}

std::optional<std::uint32_t> max_forwards(const RequestHead& head) {
  if (head.method != Method::trace && head.method != Method::options) return std::nullopt;
  const std::string_view text = value_of(head, KnownHeader::max_forwards);
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return count;
}

}  // namespace meshtwin
