#include "real/proxy/request_key.h"

#include "core/random/stream.h"

namespace meshtwin {
namespace {

std::optional<std::string_view> field_value(const RequestHead& head, std::string_view name) {
  for (const HeaderField& field : head.fields) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::string_view without_spaces(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

// RFC 6265, section 4.2.1: NAME=VALUE pairs, separated by semicolons. Names differ by case.
std::optional<std::string_view> cookie_in(std::string_view pairs, std::string_view name) {
  while (!pairs.empty()) {
    const std::size_t end = pairs.find(';');
    const std::string_view pair = pairs.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && without_spaces(pair.substr(0, equals)) == name) {
      return without_spaces(pair.substr(equals + 1));
    }
    pairs = end == std::string_view::npos ? std::string_view() : pairs.substr(end + 1);
  }
  return std::nullopt;
}

std::optional<std::string_view> cookie_value(const RequestHead& head, std::string_view name) {
  for (const HeaderField& field : head.fields) {
    if (!equal_ignoring_case(field.name, "cookie")) continue;
    if (const auto value = cookie_in(field.value, name)) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> request_key(const HashKeyConfig* config, const RequestHead& head,
                                         std::string_view client_address) {
  if (config == nullptr) return std::nullopt;
  std::optional<std::string_view> value;
  switch (config->source) {
    case HashKeyConfig::Source::address:
      value = client_address;
      break;
    case HashKeyConfig::Source::header:
      value = field_value(head, config->name);
      break;
    case HashKeyConfig::Source::cookie:
      value = cookie_value(head, config->name);
      break;
  }
  if (!value) return std::nullopt;
  return xxh64(*value);
}

}  // namespace meshtwin
