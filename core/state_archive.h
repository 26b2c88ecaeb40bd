// The state of the core as bytes, in both directions: each stateful class has one function `archive`.
#pragma once

#include <bit>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"

namespace meshtwin {

// Saves to bytes or loads from them, in the order of the calls. A class saves what its configuration does not
// tell. While loading, bytes that make no sense mark the archive as failed; what was being loaded is then of
// no use, but no worse. Whoever loads checks `failed()` at the end; loops over loaded sizes check it, too.
class StateArchive {
 public:
  // Saves, behind what `out` already holds.
  explicit StateArchive(std::vector<std::byte>& out) : out_(&out) {}
  // Loads.
  explicit StateArchive(ByteReader& in) : in_(&in) {}

  bool loading() const { return in_ != nullptr; }
  bool failed() const { return loading() && in_->failed(); }
  // What must hold of a state: otherwise the bytes are bad, or, while saving, the program is.
  void require(bool holds) {
    assert(loading() || holds);
    if (!holds && loading()) in_->fail();
  }

  template <std::unsigned_integral T>
  void value(T& number) {
    if (!loading()) return append_varint(*out_, number);
    number = static_cast<T>(in_->varint_up_to(std::numeric_limits<T>::max()));
  }
  template <class T>
  requires std::is_enum_v<T>
  void value(T& word, T last) {
    auto number = static_cast<std::underlying_type_t<T>>(word);
    value(number);
    require(number <= static_cast<std::underlying_type_t<T>>(last));
    if (loading() && !failed()) word = static_cast<T>(number);
  }
  void value(std::int64_t& number) {
    if (!loading()) return append_varint(*out_, zigzag(number));
    number = unzigzag(in_->varint());
  }
  void value(double& number) {
    if (!loading()) return append_word(*out_, std::bit_cast<std::uint64_t>(number));
    number = std::bit_cast<double>(in_->word(8));
  }
  // Not negative. kNever takes one byte.
  void value(Time& time) {
    require(time >= Time{});
    std::uint64_t number =
        time == kNever ? 0 : static_cast<std::uint64_t>(time.time_since_epoch().count()) + 1;
    value(number);
    if (!loading()) return;
    require(number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    time = number == 0 || failed() ? kNever : Time(Duration(static_cast<std::int64_t>(number - 1)));
  }
  // 64 bits that are as good as random, and take 8 bytes.
  void word(std::uint64_t& bits) {
    if (!loading()) return append_word(*out_, bits);
    bits = in_->word(8);
  }

  // A list whose items `each` archives; at most `size_max` of them while loading, and each takes a byte at
  // least, so that a wrong size can't allocate more than the bytes that there are would account for.
  template <class T, class Each>
  void list(std::vector<T>& items, std::size_t size_max, const Each& each) {
    std::size_t size = items.size();
    value(size);
    if (loading()) {
      require(size <= size_max && size <= in_->left());
      items.clear();
      for (std::size_t i = 0; i < size && !failed(); ++i) each(items.emplace_back());
    } else {
      for (T& item : items) each(item);
    }
  }

 private:
  std::vector<std::byte>* out_ = nullptr;
  ByteReader* in_ = nullptr;
};

// Endpoints that a loaded state may have: indexes below this. What is sized by endpoint stays bounded by it.
inline constexpr std::size_t kArchivedEndpointsMax = std::size_t{1} << 22;

}  // namespace meshtwin
