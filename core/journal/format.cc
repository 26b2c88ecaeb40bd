#include "core/journal/format.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/bytes.h"

namespace meshtwin {
namespace {

constexpr std::size_t kChecksumAt = 16;
constexpr std::uint64_t kFirst = 1;
constexpr std::uint64_t kLast = 2;

std::uint64_t checksum(const std::byte* header, std::span<const std::byte> payload) {
  return XXH64(payload.data(), payload.size(), XXH64(header, kChecksumAt, 0));
}

}  // namespace

void seal_frame(std::byte* frame, const FrameHeader& header) {
  std::byte* at = put_word(frame, kFrameMagic, 4);
  at = put_word(at, header.payload_bytes, 4);
  at = put_word(at, header.number, 4);
  at = put_word(at, static_cast<std::uint64_t>(header.kind), 1);
  at = put_word(at, (header.first ? kFirst : 0) | (header.last ? kLast : 0), 1);
  at = put_word(at, 0, 2);
  put_word(at, checksum(frame, {frame + kFrameHeaderBytes, header.payload_bytes}), 8);
}

FrameFault read_frame_header(std::span<const std::byte> bytes, FrameHeader& header) {
  ByteReader reader(bytes.first(kChecksumAt));
  if (reader.word(4) != kFrameMagic) return FrameFault::magic;
  header.payload_bytes = static_cast<std::uint32_t>(reader.word(4));
  header.number = static_cast<std::uint32_t>(reader.word(4));
  const std::uint64_t kind = reader.word(1);
  const std::uint64_t flags = reader.word(1);
  const std::uint64_t unused = reader.word(2);
  if (kind < 1 || kind > static_cast<std::uint64_t>(MessageKind::gap)) return FrameFault::header;
  if (flags > (kFirst | kLast) || unused != 0) return FrameFault::header;
  if (header.payload_bytes > kFramePayloadMax) return FrameFault::header;
  header.kind = static_cast<MessageKind>(kind);
  header.first = (flags & kFirst) != 0;
  header.last = (flags & kLast) != 0;
  return FrameFault::none;
}

bool frame_checksum_holds(std::span<const std::byte> bytes, std::span<const std::byte> payload) {
  ByteReader reader(bytes.subspan(kChecksumAt, 8));
  return reader.word(8) == checksum(bytes.data(), payload);
}

}  // namespace meshtwin
