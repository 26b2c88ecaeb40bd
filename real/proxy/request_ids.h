// Which requests the last calls of an upstream were for, so that what is kept of a decision leads to its
// request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/call/events.h"

namespace meshtwin {

// A ring of fixed size. The memory of an entry serves again.
class RequestIds {
 public:
  // Of ids that clients sent; what is longer is cut.
  static constexpr std::size_t kBytesMax = 128;

  // Keeps those of the last `count` calls from now on.
  void keep(std::size_t count) {
    entries_.assign(count, {});
    next_ = 0;
  }
  void add(CallId call, std::string_view id) {
    if (entries_.empty()) return;
    Entry& entry = entries_[next_];
    next_ = next_ + 1 == entries_.size() ? 0 : next_ + 1;
    entry.call = call;
    entry.id.assign(id.substr(0, kBytesMax));
  }
  // In the order of `calls`; empty for those that aren't known.
  std::vector<std::string> find(const std::vector<CallId>& calls) const {
    std::unordered_map<std::uint64_t, std::string_view> known;
    for (const Entry& entry : entries_) {
      if (!entry.id.empty()) known[key(entry.call)] = entry.id;
    }
    std::vector<std::string> out;
    for (const CallId call : calls) {
      const auto found = known.find(key(call));
      out.emplace_back(found == known.end() ? std::string_view() : found->second);
    }
    return out;
  }

 private:
  struct Entry {
    CallId call;
    std::string id;
  };
  static std::uint64_t key(CallId call) { return std::uint64_t{call.generation} << 32 | call.slot; }

  std::vector<Entry> entries_;
  std::size_t next_ = 0;
};

}  // namespace meshtwin
