// Listeners and their routes.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include <fmt/format.h>

#include "core/config/wording.h"
#include "real/proxy/config_readers.h"
#include "real/proxy/config_words.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kMaxConnections = 10'000'000;
constexpr std::uint32_t kMinHead = 1024;
constexpr std::uint32_t kMaxHead = 1024 * 1024;
constexpr std::uint32_t kMaxBodyRate = 1'000'000'000;

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// The characters of RFC 9110's token.
bool is_token(std::string_view text) {
  constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kSigns.find(c) != std::string_view::npos;
  });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

std::string read_host(const Value& value) {
  const std::string host = lower(value.text());
  const bool wildcard = host.starts_with("*.");
  const std::string_view name = std::string_view(host).substr(wildcard ? 2 : 0);
  if (name.empty() || !is_printable(name) || name.find_first_of("*/@?#") != std::string_view::npos) {
    value.refuse(
        "isn't a host; give a name such as \"shop.example.org\", or \"*.example.org\" for all below it");
  } else if (name.front() != '[' && name.find(':') != std::string_view::npos) {
    value.refuse("has a port; leave it out, hosts are compared without");
  }
  return host;
}

bool has_dot_segment(std::string_view path) {
  for (std::string_view rest = path; !rest.empty();) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    if (segment == "." || segment == "..") return true;
    rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
  }
  return false;
}

// Without the slash at its end, which would not say more.
std::string read_prefix(const Value& value) {
  std::string prefix = value.text();
  if (!prefix.starts_with('/') || !is_printable(prefix) || prefix.find_first_of("?#") != std::string::npos) {
    value.refuse("isn't a path; give one such as \"/shop\", without query");
  } else if (prefix.find("//") != std::string::npos || has_dot_segment(prefix)) {
    value.refuse("never fits, since paths are compared without empty, . and .. segments; leave those out");
  }
  while (prefix.size() > 1 && prefix.ends_with('/')) prefix.pop_back();
  return prefix;
}

HeaderMatch read_header(const std::string& name, const Value& value) {
  HeaderMatch out{lower(name), std::nullopt};
  if (!is_token(name))
    value.fail(fmt::format("{} isn't a header's name; give one such as \"x-version\"", in_quotes(name)));
  if (out.name == "host") value.fail("hosts have a key of their own; use \"host\" of the route");
  if (value.is_text()) {
    out.value = value.text();
  } else if (!value.json().is_boolean() || !value.boolean()) {
    value.refuse("isn't what a header can be; give its value as a text, or true where any value fits");
  }
  return out;
}

RouteConfig read_route(const Value& value, const std::vector<std::string>& upstreams) {
  RouteConfig out;
  ObjectReader object(value, "route");
  if (const auto host = object.find("host")) out.host = read_host(*host);
  if (const auto prefix = object.find("path_prefix")) out.path_prefix = read_prefix(*prefix);
  if (const auto headers = object.find("headers")) {
    for (const auto& [name, header] : headers->members()) {
      out.headers.push_back(read_header(name, header));
      const auto same = [&](const HeaderMatch& other) { return other.name == out.headers.back().name; };
      if (std::count_if(out.headers.begin(), out.headers.end(), same) > 1) {
        header.fail("the header is there twice, as case doesn't count; keep one of them");
      }
    }
  }
  if (const auto upstream = object.require("upstream", "\"checkout\"")) {
    out.upstream = upstream->text();
    if (std::find(upstreams.begin(), upstreams.end(), out.upstream) == upstreams.end()) {
      upstream->fail(no_such("upstream", out.upstream, upstreams));
    }
  }
  object.finish();
  return out;
}

bool fits_everything(const RouteConfig& route) {
  return route.host.empty() && (route.path_prefix.empty() || route.path_prefix == "/") &&
         route.headers.empty();
}

std::vector<RouteConfig> read_routes(const Value& value, const std::vector<std::string>& upstreams) {
  std::vector<RouteConfig> out;
  for (const Value& item : value.items(1)) {
    if (!out.empty() && fits_everything(out.back())) {
      item.fail("is never reached, as the route before it fits every request; put that one last");
    }
    out.push_back(read_route(item, upstreams));
  }
  return out;
}

void read_limits(ObjectReader& object, ListenerConfig& out) {
  if (const auto max = object.find("connections_max")) out.connections_max = max->count(1, kMaxConnections);
  if (const auto max = object.find("head_bytes_max")) {
    out.head_bytes_max = static_cast<std::uint32_t>(max->bytes(kMinHead, kMaxHead));
  }
  if (const auto timeout = object.find("head_timeout")) out.head_timeout = timeout->positive_duration();
  if (const auto timeout = object.find("idle_timeout")) out.idle_timeout = timeout->positive_duration();
  if (const auto timeout = object.find("body_timeout")) out.body_timeout = timeout->positive_duration();
  if (const auto min = object.find("body_bytes_min")) {
    out.body_bytes_min = static_cast<std::uint32_t>(min->bytes(1, kMaxBodyRate));
  }
}

LoadReportsConfig read_load_reports(const Value& value) {
  LoadReportsConfig out;
  ObjectReader object(value, "load_reports");
  if (const auto concurrency = object.find("concurrency")) out.concurrency = concurrency->count(1, kMaxConnections);
  object.finish();
  return out;
}

ListenerConfig read_listener(const Value& value, const std::vector<std::string>& upstreams) {
  ListenerConfig out;
  ObjectReader object(value, "listener");
  if (const auto name = object.require("name", "\"outbound\"")) {
    out.name = name->text();
    if (out.name.empty()) name->refuse("is no name; give one for logs and metrics");
  }
  if (const auto address = object.require("address", "\"127.0.0.1:15001\""))
    out.address = read_address(*address);
  if (const auto direction = object.find("direction")) out.direction = direction->meaning(kDirectionWords);
  out.heeds_deadlines = out.direction != ListenerConfig::Direction::gateway;
  if (const auto heeds = object.find("heeds_deadlines")) out.heeds_deadlines = heeds->boolean();
  const auto routes = object.require("routes", "[{\"upstream\": \"checkout\"}]");
  if (routes) out.routes = read_routes(*routes, upstreams);
  if (const auto forwarded = object.find("forwarded_for"))
    out.forwarded_for = forwarded->meaning(kForwardedForWords);
  if (const auto via = object.find("via")) {
    out.via = via->text();
    if (!out.via.empty() && !is_token(out.via)) {
      via->refuse("isn't a pseudonym for Via; give a word such as \"meshtwin\", or \"\" for no Via");
    }
  }
  if (const auto reports = object.find("load_reports")) out.load_reports = read_load_reports(*reports);
  if (const auto report = object.find("call_report")) out.call_report = report->boolean();
  read_limits(object, out);
  object.finish();
  return out;
}

}  // namespace

Address read_address(const Value& value) {
  const Result<Address> address = Address::parse(value.text());
  if (address) return address.value();
  value.refuse(fmt::format("isn't an address; {}", address.error().message));
  return {};
}

std::vector<ListenerConfig> read_listeners(const Value& value, const std::vector<std::string>& upstreams) {
  std::vector<ListenerConfig> out;
  std::set<std::string> names;
  std::set<std::string> addresses;
  for (const Value& item : value.items(1)) {
    out.push_back(read_listener(item, upstreams));
    const ListenerConfig& listener = out.back();
    if (!names.insert(listener.name).second) {
      item.fail(
          fmt::format("the name {} is there twice; give each listener its own", in_quotes(listener.name)));
    }
    if (listener.address.port() != 0 && !addresses.insert(listener.address.text()).second) {
      item.fail(
          fmt::format("the address {} is there twice; give each listener its own", listener.address.text()));
    }
  }
  return out;
}

}  // namespace meshtwin
