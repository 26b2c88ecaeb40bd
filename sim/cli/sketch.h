// Latency distributions as a few bars of text.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/stats/histogram.h"
#include "sim/cli/terminal.h"

namespace meshtwin {

struct Sketched {
  std::string name;
  const Histogram* latency = nullptr;
};

// One line for each range of a rounded logarithmic scale that holds something, with its share and where the
// median, p99 and p99.9 lie. Several distributions stand side by side on one scale, as many as `width`
// characters allow, the others below. Empty ones are left out. Lines end in '\n'.
std::string sketch(const std::vector<Sketched>& distributions, const Paint& paint, std::size_t width);

}  // namespace meshtwin
