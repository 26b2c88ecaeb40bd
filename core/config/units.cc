#include "core/config/units.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <span>
#include <vector>

#include "core/config/wording.h"

namespace meshtwin {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

constexpr std::array<Unit, 6> kDurationUnits{{{"ns", 1},
                                              {"us", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"h", 3'600'000'000'000}}};
constexpr std::array<Unit, 7> kByteUnits{{{"B", 1},
                                          {"kB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"KiB", 1 << 10},
                                          {"MiB", 1 << 20},
                                          {"GiB", 1 << 30}}};
constexpr std::array<Unit, 5> kBitRateUnits{
    {{"bps", 1}, {"kbps", 1'000}, {"Mbps", 1'000'000}, {"Gbps", 1'000'000'000}, {"Tbps", 1'000'000'000'000}}};

constexpr std::uint64_t kLargest = 4'000'000'000'000'000'000;  // of any quantity, in its smallest unit

struct Kind {
  std::string_view article_name;  // "a duration"
  std::string_view example;
  std::string_view smallest;  // what the smallest unit is called
  std::span<const Unit> units;
};
constexpr Kind kDuration{"a duration", "10ms", "a nanosecond", kDurationUnits};
constexpr Kind kBytes{"a size", "1kB", "a byte", kByteUnits};
constexpr Kind kBitRate{"a bit rate", "10Gbps", "a bit per second", kBitRateUnits};

std::size_t count_digits(std::string_view text) {
  const auto end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? text.size() : end;
}

std::string unit_names(const Kind& kind) {
  std::vector<std::string> names;
  for (const Unit& unit : kind.units) names.emplace_back(unit.name);
  return either(names);
}

// whole.fraction * unit, which must come out as a whole number up to kLargest.
__extension__ typedef unsigned __int128 Wide;
enum class Scaled { exact, too_fine, too_large };
Scaled scale(std::string_view whole, std::string_view fraction, std::uint64_t unit, std::uint64_t& out) {
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  while (whole.starts_with('0')) whole.remove_prefix(1);
  if (whole.size() > 19) return Scaled::too_large;
  if (fraction.size() > 15) return Scaled::too_fine;
  Wide digits = 0;
  for (const char c : whole) digits = digits * 10 + static_cast<unsigned>(c - '0');
  Wide divisor = 1;
  for (const char c : fraction) {
    digits = digits * 10 + static_cast<unsigned>(c - '0');
    divisor *= 10;
  }
  if (digits / divisor > kLargest / unit) return Scaled::too_large;
  const Wide product = digits * unit;
  if (product % divisor != 0) return Scaled::too_fine;
  out = static_cast<std::uint64_t>(product / divisor);
  return Scaled::exact;
}

Result<std::uint64_t> parse_quantity(std::string_view text, const Kind& kind) {
  const auto wrong = [&](const std::string& remedy) {
    return Error{fmt::format("{} isn't {}; {}", in_quotes(text), kind.article_name, remedy)};
  };
  if (text.starts_with('-') && count_digits(text.substr(1)) > 0) {
    return Error{fmt::format("{} is negative; give {} of 0 or more, such as \"{}\"", in_quotes(text),
                             kind.article_name, kind.example)};
  }
  const std::string_view whole = text.substr(0, count_digits(text));
  std::string_view rest = text.substr(whole.size());
  std::string_view fraction;
  if (rest.starts_with('.')) {
    fraction = rest.substr(1, count_digits(rest.substr(1)));
    rest.remove_prefix(1 + fraction.size());
    if (fraction.empty()) return wrong(fmt::format("write it such as \"{}\"", kind.example));
  }
  if (whole.empty()) {
    return wrong(
        fmt::format("give a number and a unit ({}), such as \"{}\"", unit_names(kind), kind.example));
  }
  if (rest.empty())
    return wrong(fmt::format("add a unit ({}), such as \"{}\"", unit_names(kind), kind.example));
  for (const Unit& unit : kind.units) {
    if (unit.name != rest) continue;
    std::uint64_t value = 0;
    switch (scale(whole, fraction, unit.size, value)) {
      case Scaled::exact:
        return value;
      case Scaled::too_fine:
        return Error{fmt::format("{} is finer than {}", in_quotes(text), kind.smallest)};
      case Scaled::too_large:
        return Error{fmt::format("{} is too large", in_quotes(text))};
    }
  }
  return wrong(fmt::format("the unit is one of {}, such as \"{}\"", unit_names(kind), kind.example));
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const Result<std::uint64_t> nanoseconds = parse_quantity(text, kDuration);
  if (!nanoseconds) return nanoseconds.error();
  const Duration duration{static_cast<std::int64_t>(nanoseconds.value())};
  if (duration > kLongestDuration) {
    return Error{fmt::format("{} is too large; give a duration of at most {}", in_quotes(text),
                             format_duration(kLongestDuration))};
  }
  return duration;
}

std::string format_duration(Duration duration) {
  assert(duration >= Duration::zero());
  const auto count = static_cast<std::uint64_t>(duration.count());
  if (count == 0) return "0s";
  std::string out;
  for (const Unit& unit : kDurationUnits) {
    if (count % unit.size == 0) out = fmt::format("{}{}", count / unit.size, unit.name);
  }
  return out;
}

Result<std::uint64_t> parse_bytes(std::string_view text) { return parse_quantity(text, kBytes); }

Result<double> parse_bit_rate(std::string_view text) {
  const Result<std::uint64_t> bits = parse_quantity(text, kBitRate);
  if (!bits) return bits.error();
  return static_cast<double>(bits.value());
}

}  // namespace meshtwin
