#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "sim/cli/svg_text.h"
#include "sim/cli/validation_report.h"

namespace meshtwin {
namespace {

// In pixels.
constexpr double kRow = 18, kLabels = 520, kChart = 420, kTop = 56, kMargin = 20;
// Off the reference, in percent, at the edges of the chart; what is farther is drawn at the edge.
constexpr double kWidest = 10;

double x_of(double percent) {
  return kLabels + kChart * (std::clamp(percent, -kWidest, kWidest) + kWidest) / (2 * kWidest);
}

// In percent of the reference; in percentage points where that is 0.
double off(double value, double reference) {
  return reference == 0 ? value * 100 : (value / reference - 1) * 100;
}

void draw(std::string& svg, double y, const std::string& label, const Check& check, const CheckResult& result) {
  const char* colour = result.holds ? "#0072b2" : "#d55e00";
  const auto out = std::back_inserter(svg);
  fmt::format_to(out, "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLabels - 10, y + 4,
                 svg_text(label));
  if (check.tolerance > 0 || check.relation == Relation::below || check.relation == Relation::above) {
    const double low = check.relation == Relation::below
                           ? x_of(-kWidest)
                           : x_of(off(check.reference - check.tolerance, check.reference));
    const double high = check.relation == Relation::above
                            ? x_of(kWidest)
                            : x_of(off(check.reference + check.tolerance, check.reference));
    fmt::format_to(out, "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"12\" fill=\"#ddd\"/>\n", low,
                   y - 6, high - low);
  }
  fmt::format_to(out,
                 "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"2\"/>"
                 "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"/>\n",
                 x_of(off(result.interval.low, check.reference)), x_of(off(result.interval.high, check.reference)), y, y,
                 colour, x_of(off(result.value, check.reference)), y, colour);
}

}  // namespace

std::string validation_plot(const Validation& validation) {
  const double height = kTop + kRow * static_cast<double>(validation.checks()) + kMargin;
  const double width = kLabels + kChart + kMargin;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<text x=\"{2}\" y=\"20\" font-size=\"14\">meshtwin validate: {3} of {4} references hold, with 99.9 % "
      "intervals</text>\n",
      width, height, kMargin, validation.checks() - validation.missed(), validation.checks());
  for (const double tick : {-10., -5., -2., 0., 2., 5., 10.}) {
    fmt::format_to(std::back_inserter(svg),
                   "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2:.1f}\" stroke=\"{3}\"/>"
                   "<text x=\"{0:.1f}\" y=\"{4}\" text-anchor=\"middle\">{5:+g} %</text>\n",
                   x_of(tick), kTop - 8, height - kMargin, tick == 0 ? "#555" : "#ddd", kTop - 12, tick);
  }
  double y = kTop + kRow / 2;
  for (const ExperimentResult& one : validation.experiments) {
    for (std::size_t i = 0; i < one.checks.size(); ++i) {
      const Check& check = one.experiment.checks[i];
      draw(svg, y, one.experiment.name + ": " + check.what, check, one.checks[i]);
      y += kRow;
    }
  }
  return svg + "</svg>\n";
}

}  // namespace meshtwin
