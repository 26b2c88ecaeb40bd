#include "real/http/retry_pushback.h"

#include <chrono>
#include <cstdint>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "real/http/lines.h"

namespace meshtwin {
namespace {

constexpr std::int64_t kMillisecondsMax = std::int64_t{365} * 24 * 3600 * 1000;

}  // namespace

std::optional<Duration> retry_after(const ResponseHead& head) {
  if (const std::string_view text = value_of(head, KnownHeader::grpc_retry_pushback_ms); !text.empty()) {
    const std::optional<std::int64_t> milliseconds = whole_number(text);
    if (!milliseconds || *milliseconds < 0 || *milliseconds > kMillisecondsMax) return Duration(-1);
    return std::chrono::milliseconds(*milliseconds);
  }
  const std::string_view text = value_of(head, KnownHeader::retry_after);
  const std::optional<std::int64_t> seconds = text.empty() ? std::nullopt : whole_number(text);
  if (!seconds || *seconds < 0 || *seconds > kMillisecondsMax / 1000) return std::nullopt;
  return std::chrono::seconds(*seconds);
}

void append_retry_pushback(Duration wish, std::string& out) {
  const std::int64_t milliseconds =
      wish < Duration::zero() ? -1 : std::chrono::round<std::chrono::milliseconds>(wish).count();
  fmt::format_to(std::back_inserter(out), "grpc-retry-pushback-ms: {}\r\n", milliseconds);
}

}  // namespace meshtwin
