// Latency distributions of two worlds as one picture: a panel for each scenario, drawn as SVG.
#pragma once

#include <string>
#include <vector>

#include "core/stats/histogram.h"

namespace meshtwin {

struct QuantilePanel {
  std::string title;
  Histogram predicted;
  Histogram measured;
};

// Latency over the quantile, both on logarithmic scales: the fastest calls at the left, p99.9 at the right as
// far as there are calls enough for it. A document of its own.
std::string quantile_plot(const std::vector<QuantilePanel>& panels);

}  // namespace meshtwin
