// A quantile of the latest values of a sequence.
#pragma once

#include <cstdint>
#include <vector>

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Of the latest kWindow ones, kept in order: adding one moves those between it and the one that
// goes, reading is constant.
class SlidingQuantile {
 public:
  static constexpr std::size_t kWindow = 128;

  bool empty() const { return sorted_.empty(); }
  void add(std::uint32_t value);
  // The value at rank ceil(q * n) of n, the least one for q = 0; q in [0, 1]. Not empty.
  std::uint32_t at(double q) const;
  void archive(StateArchive& archive);

 private:
  // One `old` in the order by one `value`.
  void replace(std::uint32_t old, std::uint32_t value);

  std::vector<std::uint32_t> ring_;  // by age, from next_ on once it is full
  std::vector<std::uint32_t> sorted_;
  std::size_t next_ = 0;
};

}  // namespace meshtwin
