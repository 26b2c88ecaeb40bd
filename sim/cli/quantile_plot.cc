#include "sim/cli/quantile_plot.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "sim/cli/svg_text.h"

namespace meshtwin {
namespace {

// In pixels.
constexpr std::size_t kColumns = 3;
constexpr double kPanelWidth = 330, kPanelHeight = 240;
constexpr double kLeft = 62, kRight = 22, kTop = 34, kBottom = 34;
constexpr double kHeader = 44;

// Told apart by eyes of every kind, and one is dashed besides.
constexpr std::string_view kPredictedLine = R"(stroke="#0072b2" stroke-width="2")";
constexpr std::string_view kMeasuredLine = R"(stroke="#d55e00" stroke-width="2" stroke-dasharray="6 3")";

constexpr double kQuantileTicks[] = {.5, .9, .99, .999};
constexpr double kFarthest = 3;  // nines

double nines(double quantile) { return -std::log10(1 - quantile); }

struct Point {
  double nines = 0;
  double milliseconds = 0;
};

std::vector<Point> curve(const Histogram& latency) {
  constexpr double kStep = 0.02;
  constexpr double kLeast = 1e-3;  // a logarithm needs something
  constexpr double kFewest = 5;    // calls above, for a quantile to be worth a look
  std::vector<Point> points;
  if (latency.count() == 0) return points;
  for (double x = nines(.01); x <= kFarthest + kStep / 2; x += kStep) {
    const double q = 1 - std::pow(10, -x);
    if (double(latency.count()) * (1 - q) < kFewest) break;
    points.push_back({x, std::max(to_milliseconds(latency.quantile(q)), kLeast)});
  }
  return points;
}

// One panel's scale of latencies.
class Scale {
 public:
  Scale(const std::vector<Point>& a, const std::vector<Point>& b) {
    double least = 1e9;
    double most = 0;
    for (const auto* points : {&a, &b}) {
      for (const Point& p : *points) {
        least = std::min(least, p.milliseconds);
        most = std::max(most, p.milliseconds);
      }
    }
    if (most <= 0) least = 1, most = 10;
    low_ = std::log10(least) - 0.05;
    high_ = std::max(std::log10(most) + 0.05, low_ + 0.5);
  }
  double y(double milliseconds) const {
    const double room = kPanelHeight - kTop - kBottom;
    return kPanelHeight - kBottom - room * (std::log10(milliseconds) - low_) / (high_ - low_);
  }
  // Round values: 1, 2 and 5 of each decade, or the decades alone where there are many.
  std::vector<double> ticks() const {
    std::vector<double> out;
    for (int decade = int(std::floor(low_)); decade <= int(std::ceil(high_)); ++decade) {
      for (const int digit : {1, 2, 5}) {
        if (digit > 1 && high_ - low_ > 2.5) continue;
        const double value = digit * std::pow(10, decade);
        if (std::log10(value) >= low_ && std::log10(value) <= high_) out.push_back(value);
      }
    }
    return out;
  }

 private:
  double low_, high_;
};

double x_of(double nines_of) { return kLeft + (kPanelWidth - kLeft - kRight) * nines_of / kFarthest; }

void draw_line(std::string& svg, const std::vector<Point>& points, const Scale& scale,
               std::string_view style) {
  if (points.empty()) return;
  svg += "<polyline fill=\"none\" ";
  svg += style;
  svg += " points=\"";
  for (const Point& p : points) {
    fmt::format_to(std::back_inserter(svg), "{:.1f},{:.1f} ", x_of(p.nines), scale.y(p.milliseconds));
  }
  svg.back() = '"';
  svg += "/>\n";
}

std::string latency_label(double milliseconds) {
  if (milliseconds < 1) return fmt::format("{:g} us", milliseconds * 1e3);
  return milliseconds < 1000 ? fmt::format("{:g} ms", milliseconds)
                             : fmt::format("{:g} s", milliseconds / 1e3);
}

void draw_axes(std::string& svg, const Scale& scale) {
  const auto out = std::back_inserter(svg);
  for (const double tick : scale.ticks()) {
    fmt::format_to(out,
                   "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#ddd\"/>"
                   "<text x=\"{3}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
                   kLeft, kPanelWidth - kRight, scale.y(tick), kLeft - 6, scale.y(tick) + 4,
                   latency_label(tick));
  }
  for (const double q : kQuantileTicks) {
    fmt::format_to(out,
                   "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#ddd\"/>"
                   "<text x=\"{0:.1f}\" y=\"{3}\" text-anchor=\"middle\">{4}</text>\n",
                   x_of(nines(q)), kTop, kPanelHeight - kBottom, kPanelHeight - kBottom + 16,
                   fmt::format("p{:g}", q * 100));
  }
  fmt::format_to(out,
                 "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#888\"/>\n",
                 kLeft, kTop, kPanelWidth - kLeft - kRight, kPanelHeight - kTop - kBottom);
}

void draw_panel(std::string& svg, const QuantilePanel& panel, double x, double y) {
  const std::vector<Point> predicted = curve(panel.predicted);
  const std::vector<Point> measured = curve(panel.measured);
  const Scale scale(predicted, measured);
  fmt::format_to(std::back_inserter(svg),
                 "<g transform=\"translate({} {})\">\n"
                 "<text x=\"{}\" y=\"22\" font-weight=\"bold\">{}</text>\n",
                 x, y, kLeft, svg_text(panel.title));
  draw_axes(svg, scale);
  draw_line(svg, predicted, scale, kPredictedLine);
  draw_line(svg, measured, scale, kMeasuredLine);
  svg += "</g>\n";
}

}  // namespace

std::string quantile_plot(const std::vector<QuantilePanel>& panels) {
  const std::size_t columns = std::clamp<std::size_t>(panels.size(), 1, kColumns);
  const std::size_t rows = (panels.size() + columns - 1) / columns;
  const double width = kPanelWidth * double(columns);
  const double height = kHeader + kPanelHeight * double(rows);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"sans-serif\" font-size=\"11\" role=\"img\">\n"
      "<title>Latency by quantile, predicted and measured</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n"
      "<line x1=\"{2}\" x2=\"{3}\" y1=\"20\" y2=\"20\" {4}/><text x=\"{5}\" y=\"24\">predicted</text>\n"
      "<line x1=\"{6}\" x2=\"{7}\" y1=\"20\" y2=\"20\" {8}/><text x=\"{9}\" y=\"24\">measured</text>\n",
      width, height, kLeft, kLeft + 30, kPredictedLine, kLeft + 36, kLeft + 120, kLeft + 150, kMeasuredLine,
      kLeft + 156);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    draw_panel(svg, panels[i], kPanelWidth * double(i % columns),
               kHeader + kPanelHeight * double(i / columns));
  }
  return svg + "</svg>\n";
}

}  // namespace meshtwin
