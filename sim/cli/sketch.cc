#include "sim/cli/sketch.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "sim/cli/table.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

constexpr std::size_t kMostRows = 14;
constexpr std::size_t kWidestBar = 44;
constexpr std::size_t kBarBesideOthers = 16;
constexpr std::string_view kIndent = "  ";
constexpr std::string_view kGap = "   ";
// Below this a latency is that of an answer at once, for which a logarithmic scale has no place.
constexpr double kSmallestMs = 1e-3;

// Edges 1, 2, 5, 10, 20, ... (or finer ones) in milliseconds that enclose [low, high].
std::vector<double> edges(double low, double high) {
  static constexpr double kFine[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
  static constexpr double kMedium[] = {1, 1.5, 2, 3, 5, 7};
  static constexpr double kCoarse[] = {1, 2, 5};
  static constexpr double kDecades[] = {1};
  const auto with = [&](std::span<const double> steps) {
    std::vector<double> result;
    for (double decade = std::pow(10, std::floor(std::log10(low))); result.empty() || result.back() < high;
         decade *= 10) {
      for (std::size_t i = 0; i < steps.size() && (result.empty() || result.back() < high); ++i) {
        const double edge = decade * steps[i];
        if (!result.empty() && edge <= low) result.clear();
        result.push_back(edge);
      }
    }
    return result;
  };
  std::vector<double> result = with(kFine);
  if (result.size() > kMostRows + 1) result = with(kMedium);
  if (result.size() > kMostRows + 1) result = with(kCoarse);
  if (result.size() > kMostRows + 1) result = with(kDecades);
  return result;
}

// The rows of a sketch: one for answers at once where there are any, and one for each range of the scale.
struct Rows {
  explicit Rows(std::span<const Sketched> distributions) {
    double low = 0;
    double high = 0;
    for (const Sketched& d : distributions) {
      for (const Histogram::Bucket& bucket : d.latency->buckets()) {
        const double ms = to_milliseconds(bucket.lower);
        at_once = at_once || ms < kSmallestMs;
        if (ms >= kSmallestMs) low = low == 0 ? ms : std::min(low, ms);
      }
      high = std::max(high, to_milliseconds(d.latency->max()));
    }
    if (low > 0) scale = edges(low, std::max(high, low * 1.001));
    if (low > 0) ranges = scale.size() - 1;
  }
  std::size_t count() const { return ranges + (at_once ? 1 : 0); }
  std::size_t of(double ms) const {
    if (ms < kSmallestMs || ranges == 0) return 0;
    const auto above = std::upper_bound(scale.begin() + 1, scale.end() - 1, ms);
    return static_cast<std::size_t>(above - scale.begin()) - 1 + (at_once ? 1 : 0);
  }
  std::string label(std::size_t row) const {
    if (at_once && row == 0) return "at once";
    const std::size_t range = row - (at_once ? 1 : 0);
    return as_range(scale[range], scale[range + 1]);
  }

  bool at_once = false;
  std::size_t ranges = 0;
  std::vector<double> scale;
};

std::string bar(double length) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  std::string result;
  const int eighths = static_cast<int>(std::lround(length * 8));
  for (int i = 0; i < eighths / 8; ++i) result += "█";
  result += kEighths[eighths % 8];
  return result.empty() ? "▏" : result;
}

// One distribution, row by row.
struct Strip {
  Strip(const Sketched& sketched, const Rows& rows, bool alone)
      : name(sketched.name), shares(rows.count()), marks(rows.count()) {
    const Histogram& latency = *sketched.latency;
    for (const Histogram::Bucket& bucket : latency.buckets()) {
      shares[rows.of(to_milliseconds(bucket.lower))] +=
          static_cast<double>(bucket.count) / static_cast<double>(latency.count());
    }
    constexpr std::pair<const char*, double> kMarks[] = {{"p50", .5}, {"p99", .99}, {"p99.9", .999}};
    for (const auto& [label, q] : kMarks) {
      if (!alone && q > .99) continue;  // no room
      std::string& there = marks[rows.of(to_milliseconds(latency.quantile(q)))];
      there.append(there.empty() ? " " : ",").append(label);
    }
    for (const std::string& mark : marks) marks_width = std::max(marks_width, mark.size());
    for (const double share : shares) percent_width = std::max(percent_width, 1 + as_percent(share).size());
  }

  std::string cell(std::size_t row, double most, std::size_t width, const Paint& paint) const {
    std::string text(width + percent_width, ' ');
    if (shares[row] > 0) {
      const std::string filled = bar(shares[row] / most * static_cast<double>(width));
      text = paint.bar(padded(filled, width, Table::Align::left)) +
             padded(as_percent(shares[row]), percent_width, Table::Align::right);
    }
    return text + padded(marks[row], marks_width, Table::Align::left);
  }
  std::size_t cell_width(std::size_t bar_width) const { return bar_width + percent_width + marks_width; }

  std::string name;
  std::vector<double> shares;
  std::vector<std::string> marks;
  std::size_t percent_width = 0;
  std::size_t marks_width = 0;
};

std::string without_end_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// Strips that have room beside each other.
std::string block(const Rows& rows, std::span<const Strip> strips, std::size_t label_width,
                  std::size_t bar_width, double most, const Paint& paint) {
  std::string result;
  const std::string margin = std::string(kIndent) + std::string(label_width, ' ') + " ";
  if (strips.size() > 1 || !strips[0].name.empty()) {
    std::string titles = margin;
    for (const Strip& strip : strips) {
      titles +=
          paint.bold(padded(strip.name, strip.cell_width(bar_width), Table::Align::left)) + std::string(kGap);
    }
    result += without_end_spaces(titles);
  }
  std::size_t empty = 0;
  for (std::size_t row = 0; row < rows.count(); ++row) {
    const bool holds_something =
        std::any_of(strips.begin(), strips.end(), [&](const Strip& s) { return s.shares[row] > 0; });
    empty = holds_something ? 0 : empty + 1;
    if (empty == 2) result += std::string(kIndent) + padded("...", label_width, Table::Align::right) + "\n";
    if (empty > 0) continue;
    std::string line = std::string(kIndent) + padded(rows.label(row), label_width, Table::Align::right) + " ";
    for (const Strip& strip : strips) line += strip.cell(row, most, bar_width, paint) + std::string(kGap);
    result += without_end_spaces(std::move(line));
  }
  return result;
}

}  // namespace

std::string sketch(const std::vector<Sketched>& distributions, const Paint& paint, std::size_t width) {
  std::vector<Sketched> filled;
  for (const Sketched& d : distributions) {
    if (d.latency->count() > 0) filled.push_back(d);
  }
  if (filled.empty()) return "";
  const Rows rows(filled);
  std::vector<Strip> strips;
  double most = 0;
  for (const Sketched& d : filled) {
    strips.emplace_back(d, rows, filled.size() == 1);
    most = std::max(most, *std::max_element(strips.back().shares.begin(), strips.back().shares.end()));
  }
  std::size_t label_width = 0;
  for (std::size_t row = 0; row < rows.count(); ++row) {
    label_width = std::max(label_width, rows.label(row).size());
  }
  const std::size_t bar_width = strips.size() == 1 ? kWidestBar : kBarBesideOthers;
  std::string result;
  for (std::size_t first = 0; first < strips.size();) {
    std::size_t taken = kIndent.size() + label_width + 1;
    std::size_t end = first;
    while (end < strips.size()) {
      taken += strips[end].cell_width(bar_width) + (end > first ? kGap.size() : 0);
      if (end > first && taken > width) break;
      ++end;
    }
    if (first > 0) result += "\n";
    result += block(rows, std::span(strips).subspan(first, end - first), label_width, bar_width, most, paint);
    first = end;
  }
  return result;
}

}  // namespace meshtwin
