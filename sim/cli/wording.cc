#include "sim/cli/wording.h"

#include <cmath>

#include <fmt/format.h>

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

}  // namespace meshtwin
