#include "core/journal/segment_reader.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/bytes.h"

namespace meshtwin {

Result<std::optional<JournalMessage>> SegmentReader::next() {
  message_.clear();
  in_message_ = false;
  while (true) {
    const Result<Step> step = read_frame();
    if (!step) return step.error();
    if (step.value() == Step::end) {
      if (in_message_ && !torn_at_) torn_at_ = offset_;
      return std::optional<JournalMessage>();
    }
    if (frame_.first) {
      // An unfinished message before this one found no room, and is void.
      message_.clear();
      in_message_ = !frame_.last;
      message_kind_ = frame_.kind;
      message_at_ = frame_at_ + kFrameHeaderBytes;
      if (frame_.last) return std::optional(JournalMessage{frame_.kind, message_at_, payload_});
    } else if (!in_message_ || frame_.kind != message_kind_) {
      return error(frame_at_, "a message begins in its middle");
    }
    if (message_.size() + payload_.size() > kMessageBytesMax)
      return error(frame_at_, "a message is too long");
    append_bytes(message_, payload_);
    if (frame_.last) return std::optional(JournalMessage{message_kind_, message_at_, message_});
  }
}

Result<SegmentReader::Step> SegmentReader::read_frame() {
  frame_at_ = offset_;
  std::array<std::byte, kFrameHeaderBytes> header;
  const std::size_t had = source_->read(header);
  offset_ += had;
  if (had == 0) return Step::end;
  // A file that was lengthened before it was written ends in zeros after a crash.
  const auto begun = std::span(header).first(had);
  const bool blank = std::ranges::all_of(begun, [](std::byte b) { return b == std::byte{0}; });
  if (had < header.size() || (blank && only_zeros_follow())) {
    torn_at_ = frame_at_;
    return Step::end;
  }
  switch (read_frame_header(header, frame_)) {
    case FrameFault::magic:
      return error(frame_at_, frames_ == 0 ? "this is no journal of meshtwin" : "no frame begins here");
    case FrameFault::none:
      break;
    default:
      return error(frame_at_, "the frame's header makes no sense");
  }
  payload_.resize(frame_.payload_bytes);
  const std::size_t read = source_->read(payload_);
  offset_ += read;
  if (read < payload_.size()) {
    torn_at_ = frame_at_;
    return Step::end;
  }
  if (!frame_checksum_holds(header, payload_)) return error(frame_at_, "the frame's checksum doesn't match");
  if (frame_.number != frames_++) return error(frame_at_, "a frame is missing before this one");
  return Step::frame;
}

bool SegmentReader::only_zeros_follow() {
  std::array<std::byte, 4096> bytes;
  while (true) {
    const std::size_t had = source_->read(bytes);
    offset_ += had;
    const auto read = std::span(bytes).first(had);
    if (!std::ranges::all_of(read, [](std::byte b) { return b == std::byte{0}; })) return false;
    if (had < bytes.size()) return true;
  }
}

Error SegmentReader::error(std::uint64_t offset, const char* what) const {
  return Error{fmt::format("offset {}: {}", offset, what)};
}

}  // namespace meshtwin
