#include "real/http/head.h"

#include <algorithm>

namespace meshtwin {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

struct KnownName {
  std::string_view name;
  KnownHeader known;
};
// By length, so that most names are told apart without looking at them.
constexpr KnownName kKnownNames[] = {
    {"te", KnownHeader::te},
    {"via", KnownHeader::via},
    {"host", KnownHeader::host},
    {"expect", KnownHeader::expect},
    {"trailer", KnownHeader::trailer},
    {"upgrade", KnownHeader::upgrade},
    {"connection", KnownHeader::connection},
    {"keep-alive", KnownHeader::keep_alive},
    {"tracestate", KnownHeader::tracestate},
    {"traceparent", KnownHeader::traceparent},
    {"x-request-id", KnownHeader::x_request_id},
    {"content-length", KnownHeader::content_length},
    {"x-forwarded-for", KnownHeader::x_forwarded_for},
    {"proxy-connection", KnownHeader::proxy_connection},
    {"transfer-encoding", KnownHeader::transfer_encoding},
    {"x-forwarded-proto", KnownHeader::x_forwarded_proto},
    {"proxy-authenticate", KnownHeader::proxy_authenticate},
    {"proxy-authorization", KnownHeader::proxy_authorization},
};

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

KnownHeader known_header(std::string_view name) {
  for (const KnownName& known : kKnownNames) {
    if (known.name.size() < name.size()) continue;
    if (known.name.size() > name.size()) break;
    if (known.name.front() == lower(name.front()) && equal_ignoring_case(known.name, name)) return known.known;
  }
  return KnownHeader::other;
}

std::string_view value_of(const MessageHead& head, KnownHeader known) {
  for (const HeaderField& field : head.fields) {
    if (field.known == known) return field.value;
  }
  return {};
}

}  // namespace meshtwin
