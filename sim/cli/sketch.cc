#include "sim/cli/sketch.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "sim/cli/table.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

constexpr std::size_t kMostRows = 14;
constexpr double kBarWidth = 44;

// Edges 1, 2, 5, 10, 20, ... (or finer ones) in milliseconds that enclose [low, high].
std::vector<double> edges(double low, double high) {
  static constexpr double kFine[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
  static constexpr double kMedium[] = {1, 1.5, 2, 3, 5, 7};
  static constexpr double kCoarse[] = {1, 2, 5};
  static constexpr double kDecades[] = {1};
  const auto with = [&](const double* steps, std::size_t count) {
    std::vector<double> result;
    for (double decade = std::pow(10, std::floor(std::log10(low))); result.empty() || result.back() < high;
         decade *= 10) {
      for (std::size_t i = 0; i < count && (result.empty() || result.back() < high); ++i) {
        const double edge = decade * steps[i];
        if (!result.empty() && edge <= low) result.clear();
        result.push_back(edge);
      }
    }
    return result;
  };
  std::vector<double> result = with(kFine, std::size(kFine));
  if (result.size() > kMostRows + 1) result = with(kMedium, std::size(kMedium));
  if (result.size() > kMostRows + 1) result = with(kCoarse, std::size(kCoarse));
  if (result.size() > kMostRows + 1) result = with(kDecades, std::size(kDecades));
  return result;
}

std::string bar(double length) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string result;
  const int eighths = static_cast<int>(std::lround(length * 8));
  for (int i = 0; i < eighths / 8; ++i) result += "█";
  result += kEighths[eighths % 8];
  return result.empty() ? "▏" : result;
}

struct Mark {
  const char* label;
  double at;
};

}  // namespace

std::string sketch(const Histogram& latency, const Paint& paint) {
  if (latency.count() == 0) return "";
  constexpr double kSmallest = 1e-6;  // a nanosecond, where the logarithmic scale has to end
  const double low = std::max(to_milliseconds(latency.min()), kSmallest);
  const std::vector<double> scale = edges(low, std::max(to_milliseconds(latency.max()), low * 1.001));
  std::vector<double> counts(scale.size() - 1, 0);
  const auto row_of = [&](double ms) {
    const auto above = std::upper_bound(scale.begin() + 1, scale.end() - 1, ms);
    return static_cast<std::size_t>(above - scale.begin()) - 1;
  };
  for (const Histogram::Bucket& bucket : latency.buckets()) {
    counts[row_of(to_milliseconds(bucket.lower))] += static_cast<double>(bucket.count);
  }
  const double most = *std::max_element(counts.begin(), counts.end());
  const Mark marks[] = {{"p50", to_milliseconds(latency.quantile(.5))},
                        {"p99", to_milliseconds(latency.quantile(.99))},
                        {"p99.9", to_milliseconds(latency.quantile(.999))}};
  std::string result;
  for (std::size_t row = 0; row < counts.size(); ++row) {
    const std::string range = fmt::format("{} to {}", as_latency(scale[row]), as_latency(scale[row + 1]));
    std::string where;
    for (const Mark& mark : marks) {
      if (row_of(mark.at) == row) where += std::string(where.empty() ? "  " : ", ") + mark.label;
    }
    const double share = counts[row] / static_cast<double>(latency.count());
    const std::string line = counts[row] > 0
                                 ? paint.bar(padded(bar(counts[row] / most * kBarWidth),
                                                    std::size_t(kBarWidth) + 1, Table::Align::left)) +
                                       padded(as_percent(share), 9, Table::Align::right)
                                 : std::string();
    result += fmt::format("  {} {}{}\n", padded(range, 20, Table::Align::right), line, where);
  }
  return result;
}

}  // namespace meshtwin
