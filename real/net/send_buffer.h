// Bytes that wait to be sent: appended at the end, taken from the front.
#pragma once

#include <cassert>
#include <cstddef>
#include <string>
#include <string_view>

namespace meshtwin {

// Holds no memory of note while it is empty, so that thousands of idle connections stay small.
class SendBuffer {
 public:
  bool empty() const { return bytes_.size() == sent_; }
  std::size_t size() const { return bytes_.size() - sent_; }
  std::string_view view() const { return std::string_view(bytes_).substr(sent_); }

  void append(std::string_view more) { bytes_.append(more); }
  // For writers that append by themselves; what they must not do is take bytes away.
  std::string& tail() { return bytes_; }

  void consume(std::size_t count) {
    assert(count <= size());
    sent_ += count;
    if (sent_ == bytes_.size()) return clear();
    if (sent_ < kWorthMoving || sent_ * 2 < bytes_.size()) return;
    bytes_.erase(0, sent_);
    sent_ = 0;
  }
  void clear() {
    bytes_.clear();
    sent_ = 0;
    if (bytes_.capacity() > kKept) bytes_.shrink_to_fit();
  }
  // Gives all memory back.
  void release() {
    std::string().swap(bytes_);
    sent_ = 0;
  }

 private:
  static constexpr std::size_t kKept = 16 * 1024;
  static constexpr std::size_t kWorthMoving = 64 * 1024;
  std::string bytes_;
  std::size_t sent_ = 0;
};

}  // namespace meshtwin
