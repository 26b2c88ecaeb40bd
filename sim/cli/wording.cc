#include "sim/cli/wording.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/cli/table.h"

namespace meshtwin {

std::string with_separators(std::uint64_t count) {
  const std::string digits = std::to_string(count);
  std::string result;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result += ',';
    result += digits[i];
  }
  return result;
}

std::string as_number(double value) {
  const double size = std::fabs(value);
  if (size >= 1e6) return fmt::format("{:.3g}", value);
  if (size >= 99.95 || value == 0) return fmt::format("{:.0f}", value);
  if (size >= 9.995) return fmt::format("{:.1f}", value);
  if (size >= 0.9995) return fmt::format("{:.2f}", value);
  return fmt::format("{:.3g}", value);
}

std::string as_latency(double milliseconds) {
  const double size = std::fabs(milliseconds);
  if (size >= 999.5) return as_number(milliseconds / 1e3) + " s";
  if (size >= 0.9995 || size == 0) return as_number(milliseconds) + " ms";
  return as_number(milliseconds * 1e3) + " us";
}

std::string as_range(double low_ms, double high_ms) {
  struct Unit {
    const char* name;
    double per_ms;
  };
  const auto unit_of = [](double ms) {
    return ms >= 999.5 ? Unit{"s", 1e-3} : ms >= 0.9995 ? Unit{"ms", 1} : Unit{"us", 1e3};
  };
  const Unit low = unit_of(low_ms);
  const Unit high = unit_of(high_ms);
  const std::string from = fmt::format("{:.3g}", low_ms * low.per_ms);
  const std::string to = fmt::format("{:.3g} {}", high_ms * high.per_ms, high.name);
  return low.per_ms == high.per_ms ? fmt::format("{} to {}", from, to)
                                   : fmt::format("{} {} to {}", from, low.name, to);
}

std::string as_percent(double share) {
  const double percent = share * 100;
  for (int digits = 1; digits < 6; ++digits) {
    const std::string text = fmt::format("{:.{}f}", percent, digits);
    const bool rounded_up = share < 1 && std::stod(text) >= 100;
    const bool rounded_away = share > 0 && std::stod(text) <= 0;
    if (!rounded_up && !rounded_away) return text + " %";
  }
  return fmt::format("{:g} %", percent);
}

std::string as_margin(const Interval& interval) {
  return std::isfinite(interval.half_width()) ? "±" + as_latency(interval.half_width()) : std::string();
}

std::string wrapped(std::string_view text, std::string_view indent, std::size_t width) {
  std::string result(indent);
  std::size_t used = shown_width(indent);
  bool begun = false;
  while (!text.empty()) {
    std::size_t end = text.find(' ');
    while (end != std::string_view::npos && text.substr(end).starts_with(" %")) end = text.find(' ', end + 1);
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (begun && used + 1 + shown_width(word) > width) {
      result += fmt::format("\n{}", indent);
      used = shown_width(indent);
      begun = false;
    }
    result += fmt::format("{}{}", begun ? " " : "", word);
    used += shown_width(word) + (begun ? 1 : 0);
    begun = true;
  }
  return result + "\n";
}

}  // namespace meshtwin
