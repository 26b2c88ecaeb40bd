// The script of a run of the connection fuzzer. A byte of settings, another one that says what depends on
// time, if it isn't "~", then steps: "~", a letter that says what happens, a digit that says to whom, and
// bytes, up to the next "~".
//
//   c e    a client, an endpoint's connection sends the bytes; "@" in them becomes a tag (see connection_tags.h)
//   n v    a client sends a ready request of the kind that the first byte says (see connection_request.h), or half of
//          it: the other half goes before whatever it sends next
//   f g    as c and e, of 16 KiB as often as the first byte says
//   a u    an endpoint's connection answers all requests that have come on it, in the manner that the first byte says;
//          with the bit 8, more bytes follow on each answer; or half of each answer, as with v
//   h k    a client, an endpoint's connection sends no more
//   x y    it closes
//   r q    it resets
//   p w    it reads no more, or again
//   m      the upstream's members are those whose bit is set in the digit; the bit 8 is one that refuses
//          connections
//   l      a configuration with other settings, those of the first two bytes, is loaded
//   t      the clock moves on by 2^digit ms, and the loop turns once; else it stands still
//   s      the loop turns that often; 0: until nothing is left to do
//   z      the worker ends here, with whatever is under way
#pragma once

#include <cstdint>
#include <string_view>

namespace meshtwin {

// Bits, which connection_config.h reads.
struct Settings {
  std::uint8_t what = 0;
  std::uint8_t when = 0;

  Settings() = default;
  explicit Settings(std::string_view bytes) {
    if (!bytes.empty()) what = static_cast<std::uint8_t>(bytes[0]);
    if (bytes.size() > 1 && bytes[1] != '~') when = static_cast<std::uint8_t>(bytes[1]);
  }
};

struct Step {
  char what = 0;
  std::uint8_t whom = 0;
  std::string_view bytes;
  // Of the first byte, where there is one.
  std::uint8_t manner() const { return bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes.front()); }
};

class Script {
 public:
  explicit Script(std::string_view bytes) : settings_(bytes), left_(bytes.substr(bytes.empty() ? 0 : 1)) {}

  Settings settings() const { return settings_; }
  // False at the end. What is no step is passed over.
  bool next(Step& step) {
    const std::size_t begin = left_.find('~');
    if (begin == std::string_view::npos || left_.size() < begin + 3) return false;
    step.what = left_[begin + 1];
    step.whom = static_cast<std::uint8_t>(left_[begin + 2]) % 16;
    left_.remove_prefix(begin + 3);
    step.bytes = left_.substr(0, left_.find('~'));
    left_.remove_prefix(step.bytes.size());
    return true;
  }

 private:
  Settings settings_;
  std::string_view left_;
};

}  // namespace meshtwin
