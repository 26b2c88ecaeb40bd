#include "tests/bench/proxy/http_head.h"

#include <string.h>
#include <strings.h>

#include <charconv>

namespace meshtwin::bench {

std::size_t head_bytes(std::string_view text) {
  const void* end = memmem(text.data(), text.size(), "\r\n\r\n", 4);
  return end == nullptr ? 0 : static_cast<const char*>(end) - text.data() + 4;
}

std::optional<std::uint64_t> content_length(std::string_view head) {
  constexpr std::string_view kName = "content-length:";
  for (std::size_t line = head.find('\n'); line != head.npos; line = head.find('\n', line)) {
    ++line;
    if (head.size() - line < kName.size() || (head[line] | 0x20) != 'c' ||
        strncasecmp(head.data() + line, kName.data(), kName.size()) != 0)
      continue;
    const char* value = head.data() + line + kName.size();
    while (*value == ' ') ++value;
    std::uint64_t bytes = 0;
    if (std::from_chars(value, head.data() + head.size(), bytes).ec != std::errc{}) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

}  // namespace meshtwin::bench
