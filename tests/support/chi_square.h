// Pearson's test of counts against expected shares.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace meshtwin::test {

// The statistic in standard deviations from its mean: with a fixed seed a right distribution stays within
// about three, and a wrong one grows with the number of draws. Cells of share zero must be empty, else it is
// infinite.
inline double chi_square_deviation(const std::vector<std::uint64_t>& counts,
                                   const std::vector<double>& shares) {
  double total = 0;
  double share_sum = 0;
  for (const std::uint64_t count : counts) total += static_cast<double>(count);
  for (const double share : shares) share_sum += share;
  double statistic = 0;
  double cells = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * shares[i] / share_sum;
    const double excess = static_cast<double>(counts[i]) - expected;
    if (expected == 0) {
      if (excess != 0) return INFINITY;
      continue;
    }
    statistic += excess * excess / expected;
    cells += 1;
  }
  return (statistic - (cells - 1)) / std::sqrt(2 * (cells - 1));
}

inline double chi_square_deviation(const std::vector<std::uint64_t>& counts) {
  return chi_square_deviation(counts, std::vector<double>(counts.size(), 1.0));
}

}  // namespace meshtwin::test
