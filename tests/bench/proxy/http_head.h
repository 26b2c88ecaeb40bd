#pragma once
// The little of HTTP/1.1 that the benchmark's own client and backend need of well-formed messages.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace meshtwin::bench {

// Bytes of the head with its empty line; 0 while that has not come.
std::size_t head_bytes(std::string_view text);

// Of the field Content-Length, if there is one.
std::optional<std::uint64_t> content_length(std::string_view head);

}  // namespace meshtwin::bench
