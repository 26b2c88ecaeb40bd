#include "core/journal/frame_writer.h"

#include <algorithm>
#include <cassert>

namespace meshtwin {

void FrameWriter::begin_segment(std::uint64_t number) {
  close_records();
  segment_ = number;
  segment_bytes_ = 0;
  frame_ = 0;
}

bool FrameWriter::open_records() {
  assert(!is_open());
  const std::span<std::byte> chunk = sink_->take();
  if (chunk.empty()) return false;
  chunk_ = chunk.data();
  at_ = chunk_ + kFrameHeaderBytes;
  end_ = chunk_ + chunk.size();
  return true;
}

void FrameWriter::close_records() {
  if (!is_open()) return;
  const auto payload =
      static_cast<std::uint32_t>(at_ - chunk_ - static_cast<std::ptrdiff_t>(kFrameHeaderBytes));
  put(chunk_, {payload, 0, MessageKind::records, true, true});
  chunk_ = at_ = end_ = nullptr;
}

bool FrameWriter::write(MessageKind kind, std::span<const std::byte> payload) {
  close_records();
  bool first = true;
  do {
    const std::span<std::byte> chunk = sink_->take();
    if (chunk.empty()) return false;
    const std::size_t bytes = std::min(payload.size(), chunk.size() - kFrameHeaderBytes);
    std::copy_n(payload.begin(), bytes, chunk.data() + kFrameHeaderBytes);
    payload = payload.subspan(bytes);
    put(chunk.data(), {static_cast<std::uint32_t>(bytes), 0, kind, first, payload.empty()});
    first = false;
  } while (!payload.empty());
  return true;
}

std::size_t FrameWriter::chunks_for(std::size_t payload_bytes) const {
  return std::max<std::size_t>(1, (payload_bytes + payload_max() - 1) / payload_max());
}

void FrameWriter::put(std::byte* chunk, FrameHeader header) {
  header.number = frame_++;
  seal_frame(chunk, header);
  const std::size_t bytes = kFrameHeaderBytes + header.payload_bytes;
  segment_bytes_ += bytes;
  sink_->put(bytes, segment_);
}

}  // namespace meshtwin
