// Where a journal's bytes go: chunks of memory that the driver lends, and writes to files on its own time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace meshtwin {

// One worker's. Called on the worker's own thread, and nothing here may wait. At most one chunk is out at a
// time. A sink should hold a checkpoint at least, which takes about 3 bytes an endpoint and 40 bytes a call, and as
// much again for a shadow.
class JournalSink {
 public:
  virtual ~JournalSink() = default;
  // Of each chunk: at least kJournalChunkBytesMin and at most kFramePayloadMax.
  virtual std::size_t chunk_bytes() const = 0;
  // How many times take() would give a chunk now. May grow at any time.
  virtual std::size_t free_chunks() const = 0;
  // An empty span where none is free.
  virtual std::span<std::byte> take() = 0;
  // Brings back the chunk that is out, its first `bytes` filled: they go to the end of the file of `segment`.
  // Segments count from 0 and never go back; an earlier one's file is complete when a later one comes.
  virtual void put(std::size_t bytes, std::uint64_t segment) = 0;
};

inline constexpr std::size_t kJournalChunkBytesMin = 512;

}  // namespace meshtwin
