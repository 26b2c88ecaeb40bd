// Numbers as people read them in a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/stats/confidence.h"

namespace meshtwin {

// 1234567 as "1,234,567".
std::string with_separators(std::uint64_t count);
// Milliseconds with three significant digits and a fitting unit: "850 us", "12.3 ms", "1.20 s".
std::string as_latency(double milliseconds);
// Two round values of milliseconds as a range: "2 to 5 ms", "500 us to 1 ms".
std::string as_range(double low_ms, double high_ms);
// A share as a percentage, with as many digits as it takes not to round a miss to 100 %.
std::string as_percent(double share);
// Half of an interval's width in the same way as as_latency, after "±"; empty where the interval says
// nothing.
std::string as_margin(const Interval& interval);
// Three significant digits.
std::string as_number(double value);
// Text in lines of at most `width` characters, as far as its words allow; each is begun by `indent` and ends
// in
// '\n'.
std::string wrapped(std::string_view text, std::string_view indent, std::size_t width);

}  // namespace meshtwin
