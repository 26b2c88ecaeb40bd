// One segment of a journal as a file, which holds whole chunks and nothing else.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "real/net/fd.h"

namespace meshtwin {

class SegmentFile {
 public:
  SegmentFile() = default;
  // Makes the file, or goes on behind what it has; not open where that can't be.
  explicit SegmentFile(const std::string& path);
  bool is_open() const { return fd_.valid(); }

  // All of the bytes, or none: where the disk is full, what it took of them is cut off again.
  bool append(const char* bytes, std::size_t count);

 private:
  bool cut();

  Fd fd_;
  off_t whole_ = 0;    // bytes of whole chunks
  bool torn_ = false;  // a part of a chunk is behind them
};

}  // namespace meshtwin
