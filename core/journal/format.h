// The journal's bytes: constants and frames. README.md in this folder has the whole format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace meshtwin {

inline constexpr std::string_view kJournalTitle = "meshtwin journal\n";  // how a header's payload begins
inline constexpr std::uint64_t kJournalVersion = 4;

inline constexpr std::uint32_t kFrameMagic = 0x4a57544d;  // "MTWJ"
inline constexpr std::size_t kFrameHeaderBytes = 24;
inline constexpr std::size_t kFramePayloadMax = std::size_t{16} << 20;
inline constexpr std::size_t kMessageBytesMax = std::size_t{256} << 20;  // of all frames of one message

enum class MessageKind : std::uint8_t { header = 1, checkpoint, records, gap };

// What stands before a frame's payload. A message that one frame can't hold is continued in the next ones.
struct FrameHeader {
  std::uint32_t payload_bytes = 0;
  std::uint32_t number = 0;  // counts the frames of a segment from 0
  MessageKind kind = MessageKind::records;
  bool first = true;  // of its message
  bool last = true;
};

// Completes a frame whose payload lies kFrameHeaderBytes behind `frame`.
void seal_frame(std::byte* frame, const FrameHeader& header);

enum class FrameFault : std::uint8_t { none, magic, header, checksum };
// Reads a frame's header, the first 16 of its kFrameHeaderBytes. Finds faults of magic and header.
FrameFault read_frame_header(std::span<const std::byte> bytes, FrameHeader& header);
// `bytes` are the frame's header as it was read.
bool frame_checksum_holds(std::span<const std::byte> bytes, std::span<const std::byte> payload);

}  // namespace meshtwin
