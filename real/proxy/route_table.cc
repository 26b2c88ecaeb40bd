#include "real/proxy/route_table.h"

#include <algorithm>

namespace meshtwin {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equal_ignoring_case(std::string_view text, std::string_view in_lower_case) {
  return text.size() == in_lower_case.size() &&
         std::equal(text.begin(), text.end(), in_lower_case.begin(),
                    [](char a, char b) { return lower(a) == b; });
}

bool host_fits(std::string_view pattern, std::string_view host) {
  if (pattern.empty()) return true;
  if (!pattern.starts_with("*.")) return equal_ignoring_case(host, pattern);
  const std::string_view suffix = pattern.substr(1);
  return host.size() > suffix.size() && equal_ignoring_case(host.substr(host.size() - suffix.size()), suffix);
}

bool path_fits(std::string_view prefix, std::string_view path) {
  if (prefix.empty() || prefix == "/") return true;
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || prefix.back() == '/' || path[prefix.size()] == '/';
}

bool header_fits(const HeaderMatch& match, std::span<const HeaderField> fields) {
  return std::any_of(fields.begin(), fields.end(), [&](const HeaderField& field) {
    return equal_ignoring_case(field.name, match.name) && (!match.value || field.value == *match.value);
  });
}

}  // namespace

std::string_view without_port(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool in_brackets = host.find(']', colon == std::string_view::npos ? 0 : colon) != std::string_view::npos;
  return colon == std::string_view::npos || in_brackets ? host : host.substr(0, colon);
}

const RouteConfig* find_route(std::span<const RouteConfig> routes, std::string_view host,
                              std::string_view path, std::span<const HeaderField> fields) {
  const std::string_view name = without_port(host);
  for (const RouteConfig& route : routes) {
    if (!host_fits(route.host, name) || !path_fits(route.path_prefix, path)) continue;
    const bool fits = std::all_of(route.headers.begin(), route.headers.end(),
                                  [&](const HeaderMatch& match) { return header_fits(match, fields); });
    if (fits) return &route;
  }
  return nullptr;
}

}  // namespace meshtwin
