#include "core/config/table_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/config/units.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// A finite number of 0 or more that fills the text.
std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || value < 0)
    return std::nullopt;
  return value;
}

// `value` units of `nanoseconds` each, rounded; none above kLongestDuration.
std::optional<Duration> to_duration(double value, double nanoseconds) {
  const double product = value * nanoseconds;
  if (product > static_cast<double>(kLongestDuration.count())) return std::nullopt;
  return Duration(std::llround(product));
}

// Takes the lines of a table off one by one, with their numbers.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }
  std::optional<std::string_view> next() {
    while (!rest_.empty()) {
      const auto end = std::min(rest_.find('\n'), rest_.size());
      const std::string_view line = trimmed(rest_.substr(0, end));
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
      if (!line.empty() && !line.starts_with('#')) return line;
    }
    return std::nullopt;
  }
  std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

struct TimeUnit {
  std::string_view name;
  double nanoseconds;
};
constexpr std::array<TimeUnit, 4> kTimeUnits{
    {{"seconds", 1e9}, {"milliseconds", 1e6}, {"microseconds", 1e3}, {"nanoseconds", 1}}};

}  // namespace

std::optional<QuantileProblem> check_quantiles(const std::vector<Distribution::Quantile>& quantiles) {
  if (quantiles.size() < 2) return QuantileProblem{0, "give at least the quantiles of probability 0 and 1"};
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    const double probability = quantiles[i].probability;
    if (!(probability >= 0 && probability <= 1)) {
      return QuantileProblem{
          i, fmt::format("probability {} is out of range; give a number from 0 to 1", probability)};
    }
    if (i > 0 && probability < quantiles[i - 1].probability) {
      return QuantileProblem{
          i, fmt::format("probability {} is below the one before; sort the quantiles", probability)};
    }
    if (i > 0 && quantiles[i].value < quantiles[i - 1].value) {
      return QuantileProblem{
          i, fmt::format("the value {} is below the one before; a larger probability has no smaller value",
                         format_duration(quantiles[i].value))};
    }
  }
  if (quantiles.front().probability != 0)
    return QuantileProblem{0, "the first probability isn't 0; add the smallest value there"};
  if (quantiles.back().probability != 1) {
    return QuantileProblem{quantiles.size() - 1, "the last probability isn't 1; add the largest value there"};
  }
  return std::nullopt;
}

Result<std::vector<Distribution::Quantile>> parse_quantile_table(std::string_view text,
                                                                 const std::string& file) {
  Lines lines(text);
  const std::optional<std::string_view> header = lines.next();
  if (header != "probability,ms") {
    return Error{fmt::format("{}:{}: {} isn't the header; begin with \"probability,ms\"", file,
                             std::max<std::size_t>(1, lines.number()), in_quotes(header.value_or("")))};
  }
  std::vector<Distribution::Quantile> out;
  std::vector<std::size_t> line_numbers;
  while (const auto line = lines.next()) {
    const auto comma = std::min(line->find(','), line->size());
    const auto probability = read_number(trimmed(line->substr(0, comma)));
    const auto milliseconds =
        comma < line->size() ? read_number(trimmed(line->substr(comma + 1))) : std::nullopt;
    const auto value = milliseconds ? to_duration(*milliseconds, 1e6) : std::nullopt;
    if (!probability || !value) {
      return Error{fmt::format(
          "{}:{}: {} isn't a row; give a probability and a value in milliseconds, such as 0.5,12.3", file,
          lines.number(), in_quotes(*line))};
    }
    out.push_back({*probability, *value});
    line_numbers.push_back(lines.number());
  }
  const std::optional<QuantileProblem> problem = check_quantiles(out);
  if (!problem) return out;
  const std::size_t line = out.empty() ? lines.number() : line_numbers[problem->row];
  return Error{fmt::format("{}:{}: {}", file, line, problem->what)};
}

Result<std::vector<Time>> parse_arrival_times(std::string_view text, const std::string& file) {
  Lines lines(text);
  std::vector<Time> out;
  double unit = 1e9;
  bool first = true;
  while (const auto line = lines.next()) {
    const auto* header = std::find_if(kTimeUnits.begin(), kTimeUnits.end(),
                                      [&](const TimeUnit& known) { return known.name == *line; });
    if (first && header != kTimeUnits.end()) {
      unit = header->nanoseconds;
      first = false;
      continue;
    }
    first = false;
    const auto number = read_number(*line);
    const auto since_start = number ? to_duration(*number, unit) : std::nullopt;
    if (!since_start) {
      return Error{
          fmt::format("{}:{}: {} isn't a time; give one number of 0 or more a line, under a header such as "
                      "milliseconds",
                      file, lines.number(), in_quotes(*line))};
    }
    if (!out.empty() && Time(*since_start) < out.back()) {
      return Error{
          fmt::format("{}:{}: {} is before the line above; sort the times", file, lines.number(), *line)};
    }
    out.push_back(Time(*since_start));
  }
  if (out.empty()) return Error{fmt::format("{}: there are no times; give one a line", file)};
  return out;
}

}  // namespace meshtwin
