// Fills the chunks of a sink with frames: small records in place, longer messages in as many as they take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/journal/format.h"
#include "core/journal/sink.h"

namespace meshtwin {

class FrameWriter {
 public:
  explicit FrameWriter(JournalSink& sink) : sink_(&sink) {}
  ~FrameWriter() { close_records(); }
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  // What is written from here on belongs to the segment. Closes an open frame of records.
  void begin_segment(std::uint64_t number);

  // Place for `bytes` in the open frame of records; null where there is none, or it has no place left.
  std::byte* place(std::size_t bytes) {
    return bytes <= static_cast<std::size_t>(end_ - at_) ? at_ : nullptr;
  }
  // The place is filled up to `end`.
  void fill(std::byte* end) { at_ = end; }
  bool is_open() const { return at_ != nullptr; }
  // Opens a frame of records; false where the sink has no chunk.
  bool open_records();
  // Hands over what has been written.
  void close_records();

  // Writes a whole message. False: there was no room for all of it, and what there is of it is void.
  bool write(MessageKind kind, std::span<const std::byte> payload);
  std::size_t chunks_for(std::size_t payload_bytes) const;
  std::size_t payload_max() const { return sink_->chunk_bytes() - kFrameHeaderBytes; }

  // Handed over since the segment began.
  std::uint64_t segment_bytes() const { return segment_bytes_; }
  std::uint64_t segment() const { return segment_; }

 private:
  void put(std::byte* chunk, FrameHeader header);

  JournalSink* sink_;
  std::byte* chunk_ = nullptr;  // of the open frame of records
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  std::uint64_t segment_ = 0;
  std::uint64_t segment_bytes_ = 0;
  std::uint32_t frame_ = 0;
};

}  // namespace meshtwin
