#include "sim/cli/fidelity_report.h"

#include <cmath>

#include <fmt/format.h>

#include "sim/cli/table.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

// The scenario, and its service where there are several.
std::string label(const ScenarioFidelity& scenario, const ServiceFidelity& service) {
  return scenario.services.size() == 1 ? scenario.scenario
                                       : fmt::format("{} {}", scenario.scenario, service.service);
}

std::string verdict(const ServiceFidelity& s) {
  if (s.ok()) return "✓ within the bounds";
  std::string missed;
  const auto add = [&](const Prediction& p, const char* what) {
    if (!p.ok) missed += fmt::format("{}{}", missed.empty() ? "" : ", ", what);
  };
  add(s.success_rate, "success");
  add(s.p50, "p50");
  add(s.p99, "p99");
  add(s.share, "shares");
  return fmt::format("✗ beyond the bounds: {}", missed);
}

std::string off(const Prediction& p) { return fmt::format("{:+.1f} %", p.relative_error() * 100); }
std::string points(const Prediction& p) { return fmt::format("{:+.2f}", (p.predicted - p.measured) * 100); }

std::string predictions_table(const std::vector<ScenarioFidelity>& scenarios, std::size_t width) {
  Table table({{"scenario", Table::Align::left},
               {"", Table::Align::left},
               {"calls", Table::Align::right, 1},
               {"success"},
               {"p50"},
               {"p90", Table::Align::right, 2},
               {"p99"},
               {"share"},
               {"of", Table::Align::left, 3}});
  for (const ScenarioFidelity& scenario : scenarios) {
    for (const ServiceFidelity& s : scenario.services) {
      const auto row = [&](const std::string& name, const char* world, std::uint64_t calls,
                           double Prediction::*part) {
        table.add({name, world, with_separators(calls), as_percent(s.success_rate.*part),
                   as_latency(s.p50.*part), as_latency(s.p90.*part), as_latency(s.p99.*part),
                   as_percent(s.share.*part), s.share_endpoint});
      };
      row(label(scenario, s), "predicted", s.predicted_calls, &Prediction::predicted);
      row("", "measured", s.measured_calls, &Prediction::measured);
      table.add({"  " + verdict(s), "off", "", points(s.success_rate), off(s.p50), off(s.p90), off(s.p99),
                 points(s.share), ""});
    }
  }
  return table.text("  ", width);
}

std::string pairs_table(const std::vector<ScenarioFidelity>& scenarios, std::size_t width) {
  Table table({{"call by call", Table::Align::left},
               {"pairs", Table::Align::right, 2},
               {"p5 of the error"},
               {"median"},
               {"p95"},
               {"same endpoint", Table::Align::right, 3},
               {"same outcome", Table::Align::right, 4}});
  bool any = false;
  for (const ScenarioFidelity& scenario : scenarios) {
    for (const ServiceFidelity& s : scenario.services) {
      const PairedErrors& e = s.paired;
      if (e.pairs == 0) continue;
      any = true;
      const auto share = [&](std::uint64_t part) { return as_percent(double(part) / double(e.pairs)); };
      table.add({label(scenario, s), with_separators(e.pairs), as_latency(e.p5), as_latency(e.median),
                 as_latency(e.p95), share(e.same_endpoint), share(e.same_outcome)});
    }
  }
  return any ? table.text("  ", width) : "";
}

std::string summary(const std::vector<ScenarioFidelity>& scenarios, const FidelityBounds& bounds) {
  std::size_t services = 0;
  std::size_t within = 0;
  for (const ScenarioFidelity& scenario : scenarios) {
    for (const ServiceFidelity& s : scenario.services) {
      ++services;
      within += s.ok() ? 1 : 0;
    }
  }
  return fmt::format(
      "{} of {} within the bounds: p50 within {:g} % or {}, p99 within {:g} %, each endpoint's share within "
      "{:g} points, success within {:g} points.",
      within, services, bounds.p50 * 100, as_latency(bounds.p50_ms), bounds.p99 * 100, bounds.share * 100,
      bounds.success * 100);
}

}  // namespace

std::string fidelity_report(const std::vector<ScenarioFidelity>& scenarios,
                            const std::vector<std::string>& calibration_warnings, const FidelityBounds& bounds,
                            const Paint& paint, std::size_t width) {
  std::string text = predictions_table(scenarios, width);
  if (const std::string pairs = pairs_table(scenarios, width); !pairs.empty()) {
    text += "\n" + pairs;
    text += paint.dim(wrapped("the error: measured less predicted latency of the same call", "  ", width));
  }
  std::string warnings;
  bool ok = true;
  const auto warn = [&](const std::string& about, const std::string& what) {
    const std::string line = wrapped(fmt::format("{}: {}", about, what), "    ", width);
    warnings += fmt::format("  {} {}", paint.warn("!"), line.substr(4));
  };
  for (const std::string& warning : calibration_warnings) warn("calibration", warning);
  for (const ScenarioFidelity& scenario : scenarios) {
    ok = ok && scenario.ok();
    if (scenario.partial) warn(scenario.scenario, "interrupted: of what had happened by then");
    for (const std::string& warning : scenario.warnings) warn(scenario.scenario, warning);
  }
  if (!warnings.empty()) text += "\n" + warnings;
  const std::string line = wrapped(summary(scenarios, bounds), "    ", width).substr(4);
  return text + fmt::format("\n  {} {}", ok ? paint.good("✓") : paint.bad("✗"), line);
}

}  // namespace meshtwin
