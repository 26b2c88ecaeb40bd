// A quantile of the latest values of a sequence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meshtwin {

class StateArchive;

// Of the latest kWindow ones: the value at rank ceil(q * n) of n, the least one for q = 0. How many lie below it and at
// it is kept, so that adding a value is constant unless the quantile moves, and linear in the window then.
class SlidingQuantile {
 public:
  static constexpr std::size_t kWindow = 128;

  // q in [0, 1].
  explicit SlidingQuantile(double q);
  void add(std::uint32_t value);
  // 0 before the first value.
  std::uint32_t value() const { return value_; }
  void archive(StateArchive& archive);

 private:
  void count(std::uint32_t value) {
    below_ += value < value_ ? 1 : 0;
    equal_ += value == value_ ? 1 : 0;
  }
  void fall();
  void rise();
  void recount();

  double q_;
  std::vector<std::uint32_t> latest_;  // the oldest one at next_, once it is full
  std::size_t next_ = 0;
  std::size_t rank_ = 0;  // of the quantile among the latest values, from 1
  std::uint32_t value_ = 0;
  std::size_t below_ = 0;
  std::size_t equal_ = 0;
};

}  // namespace meshtwin
