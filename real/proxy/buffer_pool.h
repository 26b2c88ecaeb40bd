// A fixed number of buffers between a worker, which fills them, and the writer's thread, which empties them.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace meshtwin {

struct Buffer {
  explicit Buffer(std::size_t size) : bytes(size) {}
  std::vector<char> bytes;
  std::size_t used = 0;
};

// Any thread may take and give back.
class BufferPool {
 public:
  BufferPool(std::size_t buffers, std::size_t bytes_each) : bytes_each_(bytes_each) {
    for (std::size_t i = 0; i < buffers; ++i) free_.push_back(std::make_unique<Buffer>(bytes_each));
  }

  std::size_t bytes_each() const { return bytes_each_; }
  std::size_t free() const {
    const std::lock_guard lock(mutex_);
    return free_.size();
  }
  // Null where all are in use.
  std::unique_ptr<Buffer> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return nullptr;
    std::unique_ptr<Buffer> out = std::move(free_.back());
    free_.pop_back();
    out->used = 0;
    return out;
  }
  void give_back(std::unique_ptr<Buffer> buffer) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(buffer));
  }

 private:
  std::size_t bytes_each_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Buffer>> free_;
};

}  // namespace meshtwin
