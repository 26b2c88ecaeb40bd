#include "real/proxy/request_hints.h"

#include "core/call/events.h"
#include "real/http/lines.h"

namespace meshtwin {
namespace {

constexpr std::int64_t kMillisecondsMax = std::int64_t{365} * 24 * 3600 * 1000;

}  // namespace

std::optional<Duration> expected_timeout(const RequestHead& head) {
  const std::string_view text = value_of(head, KnownHeader::x_envoy_expected_rq_timeout_ms);
  if (text.empty()) return std::nullopt;
  const std::optional<std::int64_t> milliseconds = whole_number(text);
  if (!milliseconds || *milliseconds < 1 || *milliseconds > kMillisecondsMax) return std::nullopt;
  return std::chrono::milliseconds(*milliseconds);
}

std::uint8_t urgency_of(const RequestHead& head) {
  std::string_view rest = value_of(head, KnownHeader::priority);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view member = trimmed(rest.substr(0, comma));
    const bool is_urgency = member.starts_with("u=") && member.size() == 3;
    if (is_urgency && member[2] >= '0' && member[2] <= '7') return static_cast<std::uint8_t>(member[2] - '0');
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return CallStart::kDefaultUrgency;
}

}  // namespace meshtwin
