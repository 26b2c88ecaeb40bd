// Objects in one block, named by slot and generation, so that late references to a freed one are recognised.
#pragma once

#include <cassert>
#include <cstdint>
#include <vector>

#include "core/cache_line.h"

namespace meshtwin {

// Pointers into it hold until the next acquire. T is default-constructible; a slot's T is used again as it
// was left.
template <class T>
class Slab {
 public:
  std::uint32_t acquire() {
    if (free_.empty()) {
      slots_.emplace_back();
      return static_cast<std::uint32_t>(slots_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void release(std::uint32_t slot) {
    ++slots_[slot].generation;
    free_.push_back(slot);
  }
  T& operator[](std::uint32_t slot) { return assert(slot < slots_.size()), slots_[slot].value; }
  std::uint32_t generation(std::uint32_t slot) const { return slots_[slot].generation; }
  // Null when the slot has been released since.
  T* find(std::uint32_t slot, std::uint32_t generation) {
    return slots_[slot].generation == generation ? &slots_[slot].value : nullptr;
  }
  std::size_t size() const { return slots_.size(); }  // free ones included
  std::size_t in_use() const { return slots_.size() - free_.size(); }

 private:
  struct alignas(kCacheLine) Slot {
    T value{};
    std::uint32_t generation = 0;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace meshtwin
