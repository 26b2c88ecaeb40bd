// Tags in what clients send, which tell whose bytes these are wherever they turn up.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meshtwin {

struct Tag {
  unsigned client = 0;
  unsigned count = 0;  // of the client's tags before it
};

// A tag begins with a hash of the script, so that no script has one in its bytes.
class Tags {
 public:
  explicit Tags(std::string_view script) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char c : script) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    prefix_ = "t";
    for (; prefix_.size() < 14; hash >>= 4) prefix_ += "0123456789abcdef"[hash & 15];
  }

  // The field in which an endpoint says how long the body is that it sends; nothing that a script writes is
  // one.
  std::string size_field() const { return "x-" + prefix_; }
  std::string text(Tag tag) const { return prefix_ + digits(tag.client) + digits(tag.count); }
  std::vector<Tag> find_all(std::string_view bytes) const {
    std::vector<Tag> out;
    for (std::size_t at = bytes.find(prefix_); at != std::string_view::npos; at = bytes.find(prefix_, at)) {
      at += prefix_.size();
      if (bytes.size() < at + 2 * kDigits) break;  // cut off
      if (const auto client = number(bytes.substr(at)), count = number(bytes.substr(at + kDigits)); client && count) {
        out.push_back({*client, *count});
      }
    }
    return out;
  }

 private:
  static constexpr std::size_t kDigits = 4;
  static std::string digits(unsigned n) {
    std::string out = std::to_string(n);
    return out.insert(0, kDigits - out.size(), '0');
  }
  static std::optional<unsigned> number(std::string_view bytes) {
    unsigned out = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + kDigits, out);
    if (error != std::errc{} || end != bytes.data() + kDigits) return std::nullopt;
    return out;
  }

  std::string prefix_;
};

}  // namespace meshtwin
