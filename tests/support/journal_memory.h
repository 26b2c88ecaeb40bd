// A journal's sink in memory, with as much room as a test wants it to have.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/journal/sink.h"

namespace meshtwin::test {

class MemorySink final : public JournalSink {
 public:
  explicit MemorySink(std::size_t chunk_bytes = 4096) : chunk_(chunk_bytes) {}

  std::size_t chunk_bytes() const override { return chunk_.size(); }
  std::size_t free_chunks() const override { return room; }
  std::span<std::byte> take() override {
    assert(!out_);
    if (room == 0) return {};
    --room;
    out_ = true;
    return chunk_;
  }
  void put(std::size_t bytes, std::uint64_t segment) override {
    assert(out_ && bytes <= chunk_.size() && (segments.empty() || segment >= segments.rbegin()->first));
    out_ = false;
    segments[segment].insert(segments[segment].end(), chunk_.begin(),
                             chunk_.begin() + static_cast<std::ptrdiff_t>(bytes));
  }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& [number, segment] : segments) sum += segment.size();
    return sum;
  }

  std::map<std::uint64_t, std::vector<std::byte>> segments;
  std::size_t room = ~std::size_t{0};  // chunks that it still takes

 private:
  std::vector<std::byte> chunk_;
  bool out_ = false;
};

}  // namespace meshtwin::test
