// Reads the messages of one segment from its bytes, one at a time, and finds what is damaged or torn off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/journal/format.h"
#include "core/result.h"

namespace meshtwin {

// The bytes of a segment in order; a driver reads them from a file.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills `into`, or as much of it as there is: fewer bytes mean the end.
  virtual std::size_t read(std::span<std::byte> into) = 0;
};

struct JournalMessage {
  MessageKind kind = MessageKind::records;
  std::uint64_t offset = 0;  // in the segment, of the payload in its first frame
  std::span<const std::byte> payload;
};

// Takes the memory of one message, whatever the segment's size.
class SegmentReader {
 public:
  explicit SegmentReader(ByteSource& source) : source_(&source) {}

  // The next whole message, good until the next call; none at the end. Errors say where the bytes are bad.
  Result<std::optional<JournalMessage>> next();
  // At the end: where the segment stops in the middle of a frame or message, as after a crash while it was
  // written.
  std::optional<std::uint64_t> torn_at() const { return torn_at_; }
  // How many bytes have been read.
  std::uint64_t offset() const { return offset_; }

 private:
  enum class Step { frame, end };
  Result<Step> read_frame();
  bool only_zeros_follow();
  Error error(std::uint64_t offset, const char* what) const;

  ByteSource* source_;
  std::uint64_t offset_ = 0;
  std::uint32_t frames_ = 0;
  FrameHeader frame_;
  std::uint64_t frame_at_ = 0;
  std::vector<std::byte> payload_;  // of the frame
  std::vector<std::byte> message_;  // of several frames
  bool in_message_ = false;         // its first frame was read, its last one not
  MessageKind message_kind_ = MessageKind::records;
  std::uint64_t message_at_ = 0;
  std::optional<std::uint64_t> torn_at_;
};

}  // namespace meshtwin
