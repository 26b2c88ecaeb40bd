// A latency distribution as a few bars of text.
#pragma once

#include <string>

#include "core/stats/histogram.h"
#include "sim/cli/terminal.h"

namespace meshtwin {

// One line for each range of a rounded logarithmic scale that holds something, with its share and where the
// median, p99 and p99.9 lie; empty for an empty histogram. Lines end in '\n'.
std::string sketch(const Histogram& latency, const Paint& paint);

}  // namespace meshtwin
