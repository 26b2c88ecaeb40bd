#include "sim/cli/report.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "sim/cli/sketch.h"
#include "sim/cli/table.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

constexpr std::size_t kMostEndpoints = 16;

std::string headline(const Scenario& scenario, const ScenarioResult& result, const Paint& paint) {
  const std::string runs =
      result.replications == 1 ? "" : fmt::format(" × {} replications", result.replications);
  return fmt::format(
      "{}  {}\n", paint.bold(result.scenario),
      paint.dim(fmt::format("{} s simulated ({} s warm-up){}, seed {}, {} events in {:.2f} s",
                            as_number(result.simulated_seconds), as_number(to_seconds(scenario.warmup)), runs,
                            result.seed, with_separators(result.events), result.wall_seconds)));
}

std::string margin_of_share(const Interval& interval) {
  return std::isfinite(interval.half_width()) ? "±" + as_percent(interval.half_width()) : std::string();
}

std::string services_table(const ScenarioResult& result) {
  Table table({{"service", Table::Align::left},
               {"calls"},
               {"success"},
               {"good/s"},
               {"attempts"},
               {"mean"},
               {"p50"},
               {"p90"},
               {"p99"},
               {"p99.9"},
               {"max"}});
  for (const ServiceResult& s : result.services) {
    const LatencyEstimates& l = s.latency;
    const auto shown = [&](double ms) { return l.samples > 0 ? as_latency(ms) : std::string("-"); };
    table.add({s.name, with_separators(s.requests), as_percent(s.success_rate.value),
               as_number(s.throughput.value), fmt::format("{:.3f}", s.attempts_per_request.value),
               shown(l.mean.value), shown(l.p50.value), shown(l.p90.value), shown(l.p99.value),
               shown(l.p999.value), shown(l.max)});
    table.add({"", "", margin_of_share(s.success_rate.ci95), "", "", as_margin(l.mean.ci95),
               as_margin(l.p50.ci95), as_margin(l.p90.ci95), as_margin(l.p99.ci95), as_margin(l.p999.ci95),
               ""});
  }
  return table.text("  ");
}

std::string failures_line(const ServiceResult& service, const Paint& paint) {
  std::string kinds;
  for (std::size_t i = 1; i < service.failures.size(); ++i) {
    if (service.failures[i] == 0) continue;
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", failure_name(i),
                         with_separators(service.failures[i]));
  }
  if (kinds.empty()) return "";
  std::string line = fmt::format("  {} {}", paint.bad("failures:"), kinds);
  if (service.success_latency.samples > 0) {
    line += fmt::format("; successes alone: p50 {}, p99 {}", as_latency(service.success_latency.p50.value),
                        as_latency(service.success_latency.p99.value));
  }
  return line + "\n";
}

// Where the load went: one line where it went evenly, else the endpoints that differ most.
std::string endpoints_part(const ServiceResult& service, const Paint& paint) {
  if (service.endpoints.size() < 2 || service.attempts == 0) return "";
  const double fair = 1.0 / static_cast<double>(service.endpoints.size());
  double sum = 0;
  for (const EndpointResult& e : service.endpoints) sum += static_cast<double>(e.attempts);
  if (sum == 0) return "";
  const auto share = [&](const EndpointResult& e) { return static_cast<double>(e.attempts) / sum; };
  std::vector<const EndpointResult*> shown;
  for (const EndpointResult& e : service.endpoints) shown.push_back(&e);
  const bool all = shown.size() <= kMostEndpoints;
  if (!all) {
    std::stable_sort(shown.begin(), shown.end(), [&](const auto* a, const auto* b) {
      return std::fabs(share(*a) - fair) > std::fabs(share(*b) - fair);
    });
    shown.resize(kMostEndpoints / 2);
  }
  Table table({{"endpoint", Table::Align::left}, {"share"}, {"failed"}, {"busy"}, {"", Table::Align::left}});
  for (const EndpointResult* e : shown) {
    const int blocks = static_cast<int>(std::lround(std::min(share(*e) / fair, 4.0) * 8));
    std::string bar;
    for (int i = 0; i < blocks; ++i) bar += "▪";
    const double failed =
        e->attempts > 0 ? static_cast<double>(e->failures) / static_cast<double>(e->attempts) : 0;
    table.add({e->id, as_percent(share(*e)), e->failures > 0 ? as_percent(failed) : "-",
               as_percent(e->utilization), bar});
  }
  std::string text =
      all ? ""
          : fmt::format("  {}\n", paint.dim(fmt::format(
                                      "the {} of {} endpoints whose share differs most from the fair {}",
                                      shown.size(), service.endpoints.size(), as_percent(fair))));
  return text + table.text("  ");
}

std::string expectations_part(const ScenarioResult& result, const Paint& paint) {
  std::string text;
  for (const ExpectationResult& e : result.expectations) {
    text += fmt::format("  {} {}  {}\n", e.ok ? paint.good("✓") : paint.bad("✗"), e.text,
                        paint.dim(fmt::format("is {:.6g}", e.value)));
  }
  return text;
}

}  // namespace

std::string report(const Scenario& scenario, const ScenarioResult& result, const Paint& paint) {
  std::string text = headline(scenario, result, paint) + "\n" + services_table(result);
  for (const ServiceResult& service : result.services) {
    const bool several = result.services.size() > 1;
    const std::string title = several ? fmt::format("\n  {}", paint.bold(service.name)) : std::string();
    text += title + "\n" + failures_line(service, paint);
    text += sketch(service.latency_histogram, paint);
    const std::string endpoints = endpoints_part(service, paint);
    if (!endpoints.empty()) text += "\n" + endpoints;
    if (!service.policy_sha256.empty()) {
      text += fmt::format("  {}\n", paint.dim("policy sha256 " + service.policy_sha256));
    }
  }
  const std::string expectations = expectations_part(result, paint);
  if (!expectations.empty()) text += "\n" + expectations;
  for (const std::string& warning : result.warnings)
    text += fmt::format("  {} {}\n", paint.warn("!"), warning);
  return text;
}

}  // namespace meshtwin
