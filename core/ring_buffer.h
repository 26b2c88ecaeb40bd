// A first-in first-out queue in one block of memory that grows when it must and never shrinks.
#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace meshtwin {

// For default-constructible values; unlike std::deque it allocates nothing once it has its size.
template <class T>
class RingBuffer {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const T& front() const { return assert(size_ > 0), slots_[head_]; }
  const T& back() const { return assert(size_ > 0), slots_[index(size_ - 1)]; }
  // `position` counts from the front.
  T& operator[](std::size_t position) { return assert(position < size_), slots_[index(position)]; }
  const T& operator[](std::size_t position) const {
    return assert(position < size_), slots_[index(position)];
  }

  void push_back(T value) {
    if (size_ == slots_.size()) grow();
    slots_[index(size_)] = std::move(value);
    ++size_;
  }
  void pop_front() {
    assert(size_ > 0);
    head_ = (head_ + 1) & (slots_.size() - 1);
    --size_;
  }
  void clear() { head_ = size_ = 0; }
  // Keeps the first `count` values.
  void truncate(std::size_t count) {
    assert(count <= size_);
    size_ = count;
  }

 private:
  std::size_t index(std::size_t position) const { return (head_ + position) & (slots_.size() - 1); }
  void grow() {
    std::vector<T> larger(slots_.empty() ? 16 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move(slots_[index(i)]);
    slots_.swap(larger);
    head_ = 0;
  }

  std::vector<T> slots_;  // a power of two
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace meshtwin
