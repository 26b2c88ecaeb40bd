// A first-in first-out queue in one block of memory that grows when it must and never shrinks.
#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace meshtwin {

// For default-constructible values; unlike std::deque it allocates nothing once it has its size. One that was
// moved from may only be assigned to or destroyed.
template <class T>
class RingBuffer {
 public:
  bool empty() const { return head_ == tail_; }
  std::size_t size() const { return tail_ - head_; }
  const T& front() const { return assert(!empty()), slots_[index(head_)]; }
  const T& back() const { return assert(!empty()), slots_[index(tail_ - 1)]; }
  // `position` counts from the front.
  T& operator[](std::size_t position) { return assert(position < size()), slots_[index(head_ + position)]; }
  const T& operator[](std::size_t position) const {
    return assert(position < size()), slots_[index(head_ + position)];
  }

  void push_back(T value) {
    if (size() == capacity_) grow();
    slots_[index(tail_++)] = std::move(value);
  }
  void push_front(T value) {
    if (size() == capacity_) grow();
    slots_[index(--head_)] = std::move(value);
  }
  void pop_front() {
    assert(!empty());
    ++head_;
  }
  void clear() { head_ = tail_ = 0; }
  // Keeps the first `count` values.
  void truncate(std::size_t count) {
    assert(count <= size());
    tail_ = head_ + count;
  }

 private:
  std::size_t index(std::size_t count) const { return count & (capacity_ - 1); }
  void grow() {
    std::vector<T> larger(slots_.empty() ? 16 : slots_.size() * 2);
    const std::size_t kept = size();
    for (std::size_t i = 0; i < kept; ++i) larger[i] = std::move(slots_[index(head_ + i)]);
    slots_.swap(larger);
    capacity_ = slots_.size();
    head_ = 0;
    tail_ = kept;
  }

  std::vector<T> slots_;
  std::size_t capacity_ = 0;  // slots_.size(), 0 or a power of two
  // How many values were taken out at the front, less those put in there, and how many were put in at the back: their
  // places are these numbers modulo the size of the block.
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace meshtwin
