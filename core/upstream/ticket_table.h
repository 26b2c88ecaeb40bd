// Small numbers for things that come and go.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/state_archive.h"

namespace meshtwin {

// A number is given out again once its thing is removed, the latest first. It keeps its memory.
template <class T>
class TicketTable {
 public:
  std::uint32_t add(const T& thing) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(entries_.size()));
      entries_.emplace_back();
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    entries_[number] = {true, thing};
    return number;
  }
  void remove(std::uint32_t number) {
    assert(holds(number));
    entries_[number] = {};
    free_.push_back(number);
  }
  bool holds(std::uint32_t number) const { return number < entries_.size() && entries_[number].in_use; }
  T& operator[](std::uint32_t number) { return assert(holds(number)), entries_[number].thing; }
  const T& operator[](std::uint32_t number) const { return assert(holds(number)), entries_[number].thing; }
  // Numbers are below this.
  std::size_t bound() const { return entries_.size(); }
  std::size_t size() const { return entries_.size() - free_.size(); }
  template <class Each>
  void for_each(const Each& each) const {
    for (const Entry& entry : entries_) {
      if (entry.in_use) each(entry.thing);
    }
  }

  // `each` archives one thing.
  template <class Each>
  void archive(StateArchive& archive, std::size_t size_max, const Each& each) {
    std::size_t free = 0;
    archive.list(entries_, size_max, [&](Entry& entry) {
      archive.value(entry.in_use);
      if (entry.in_use) each(entry.thing);
      free += entry.in_use ? 0 : 1;
    });
    std::vector<bool> listed(entries_.size());
    archive.list(free_, entries_.size(), [&](std::uint32_t& number) {
      archive.value(number);
      const bool sound = number < entries_.size() && !entries_[number].in_use && !listed[number];
      archive.require(sound);
      if (sound) listed[number] = true;
    });
    archive.require(free_.size() == free);
  }

 private:
  struct Entry {
    bool in_use = false;
    T thing{};
  };
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
};

}  // namespace meshtwin
