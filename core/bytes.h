// Numbers as bytes: little-endian words and varints, written without checks and read with them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace meshtwin {

// Seven bits a byte, lowest first, the eighth says that more follow (LEB128): small numbers take one byte.
inline constexpr std::size_t kVarintBytesMax = 10;

// Writes at `at`, which has room for kVarintBytesMax, and returns the end of what it wrote.
inline std::byte* put_varint(std::byte* at, std::uint64_t value) {
  while (value >= 0x80) {
    *at++ = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<std::byte>(value);
  return at;
}

inline std::byte* put_word(std::byte* at, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) *at++ = static_cast<std::byte>(value >> (8 * i));
  return at;
}

inline void append_bytes(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  const std::size_t before = out.size();
  out.resize(before + bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(before));
}

inline void append_varint(std::vector<std::byte>& out, std::uint64_t value) {
  std::byte bytes[kVarintBytesMax];
  append_bytes(out, {bytes, put_varint(bytes, value)});
}

inline void append_word(std::vector<std::byte>& out, std::uint64_t value) {
  std::byte bytes[8];
  append_bytes(out, {bytes, put_word(bytes, value, 8)});
}

// Signed numbers of small magnitude as small unsigned ones: 0, -1, 1, -2 become 0, 1, 2, 3.
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// Reads bytes that may be anything. What runs past the end or makes no sense gives 0 and `failed()`, for
// good, so that a reader may check once after several reads.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }
  void fail() { failed_ = true; }
  std::size_t position() const { return position_; }
  std::size_t left() const { return failed_ ? 0 : bytes_.size() - position_; }

  std::uint8_t byte() {
    if (left() == 0) return fail(), std::uint8_t{0};
    return static_cast<std::uint8_t>(bytes_[position_++]);
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const std::uint64_t next = byte();
      if (shift == 63 && next > 1) break;  // more than 64 bits
      value |= (next & 0x7f) << shift;
      if (next < 0x80) return failed_ ? 0 : value;
    }
    return fail(), std::uint64_t{0};
  }
  // A varint that must not be more than `max`.
  std::uint64_t varint_up_to(std::uint64_t max) {
    const std::uint64_t value = varint();
    if (value <= max) return value;
    return fail(), std::uint64_t{0};
  }
  std::uint64_t word(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= std::uint64_t{byte()} << (8 * i);
    return failed_ ? 0 : value;
  }
  std::span<const std::byte> bytes(std::size_t count) {
    if (count > left()) return fail(), std::span<const std::byte>();
    position_ += count;
    return bytes_.subspan(position_ - count, count);
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

}  // namespace meshtwin
