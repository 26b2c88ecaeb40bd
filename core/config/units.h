// Quantities as files write them: a number and its unit in one text. Decimal and exact, no floating point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace meshtwin {

// The longest duration that a file may give (100 years), so that sums of a few stay far from overflow.
inline constexpr Duration kLongestDuration = std::chrono::hours(876'000);

// "250us", "1.5ms", "2m"; units ns us ms s m h. Errors say what is right: no unit, unknown unit, negative,
// finer than a nanosecond, above kLongestDuration.
Result<Duration> parse_duration(std::string_view text);

// The one normal form of a duration: a whole number of the largest unit that allows one ("90s", "1h", "0s").
std::string format_duration(Duration duration);

// "1kB" (1000), "1KiB" (1024), MB, GB, MiB, GiB, B; in bytes.
Result<std::uint64_t> parse_bytes(std::string_view text);

// "10Gbps", bps kbps Mbps Gbps Tbps, powers of 1000; in bits per second.
Result<double> parse_bit_rate(std::string_view text);

}  // namespace meshtwin
