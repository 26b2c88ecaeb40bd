#include "sim/cli/report.h"

#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "sim/cli/endpoints_table.h"
#include "sim/cli/sketch.h"
#include "sim/cli/table.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

// Enough to tell policies apart; the result document has the whole hash.
constexpr std::size_t kShownOfHash = 8;

std::string headline(const Scenario& scenario, const ScenarioResult& result, const Paint& paint) {
  const std::string runs =
      result.replications == 1 ? "" : fmt::format(" × {} replications", result.replications);
  const std::string warmup =
      scenario.warmup > Duration::zero() ? fmt::format(" ({:g} s warm-up)", to_seconds(scenario.warmup)) : "";
  const bool simulated = result.on == "sim";
  const std::string events = simulated ? with_separators(result.events) + " events in " : "took ";
  return fmt::format("{}{}\n  {}\n", paint.bold(result.scenario),
                     result.partial ? paint.warn("  interrupted: partial results") : "",
                     paint.dim(fmt::format("{:g} s {}{}{}, seed {}: {}{:.2f} s", result.simulated_seconds,
                                           simulated ? "simulated" : "played for real", warmup, runs,
                                           result.seed, events, result.wall_seconds)));
}

std::string margin_of_share(const Interval& interval) {
  return std::isfinite(interval.half_width()) ? "±" + as_percent(interval.half_width()) : std::string();
}

std::string services_table(const ScenarioResult& result, std::size_t width) {
  Table table({{"service", Table::Align::left},
               {"calls", Table::Align::right, 1},
               {"success"},
               {"ok/s", Table::Align::right, 4},
               {"attempts", Table::Align::right, 3},
               {"mean"},
               {"p50"},
               {"p90", Table::Align::right, 2},
               {"p99"},
               {"p99.9"},
               {"max", Table::Align::right, 5},
               {"policy", Table::Align::left, 6}});
  for (const ServiceResult& s : result.services) {
    const LatencyEstimates& l = s.latency;
    const auto shown = [&](double ms) { return l.samples > 0 ? as_latency(ms) : std::string("-"); };
    table.add({s.name, with_separators(s.requests), s.requests > 0 ? as_percent(s.success_rate.value) : "-",
               as_number(s.throughput.value), fmt::format("{:.3f}", s.attempts_per_request.value),
               shown(l.mean.value), shown(l.p50.value), shown(l.p90.value), shown(l.p99.value),
               shown(l.p999.value), shown(l.max), s.policy_sha256.substr(0, kShownOfHash)});
    table.add({"", "", margin_of_share(s.success_rate.ci95), "", "", as_margin(l.mean.ci95),
               as_margin(l.p50.ci95), as_margin(l.p90.ci95), as_margin(l.p99.ci95), as_margin(l.p999.ci95),
               "", ""});
  }
  return table.text("  ", width);
}

std::string failures_line(const ServiceResult& service, const Paint& paint, std::size_t width) {
  std::string kinds;
  for (std::size_t i = 1; i < service.failures.size(); ++i) {
    if (service.failures[i] == 0) continue;
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", with_separators(service.failures[i]),
                         failure_name(i));
  }
  if (kinds.empty()) return "";
  std::string line = fmt::format("{} failed: {}", service.name, kinds);
  if (service.success_latency.samples > 0) {
    line += fmt::format("; its successes alone have p50 {}, p99 {}",
                        as_latency(service.success_latency.p50.value),
                        as_latency(service.success_latency.p99.value));
  }
  return fmt::format("  {} {}", paint.bad("×"), wrapped(line, "    ", width).substr(4));
}

std::string failures_part(const ScenarioResult& result, const Paint& paint, std::size_t width) {
  std::string text;
  for (const ServiceResult& service : result.services) text += failures_line(service, paint, width);
  return text;
}

std::string connections_part(const ScenarioResult& result, const Paint& paint, std::size_t width) {
  std::string text;
  for (const ServiceResult& service : result.services) {
    if (!service.connections_opened) continue;
    std::string line =
        fmt::format("{}: {} connections opened", service.name, with_separators(*service.connections_opened));
    if (service.attempts > 0) {
      const double share = static_cast<double>(*service.connections_opened) / static_cast<double>(service.attempts);
      line += fmt::format(", for {} of the attempts", as_percent(share));
    }
    text += fmt::format("  {} {}", paint.dim("+"), wrapped(line, "    ", width).substr(4));
  }
  return text;
}

// What the shadow would have done otherwise, as shares of what it was asked.
std::string shadow_part(const ScenarioResult& result, const Paint& paint, std::size_t width) {
  std::string text;
  for (const ServiceResult& service : result.services) {
    if (!service.shadow) continue;
    const ShadowCounters& shadow = *service.shadow;
    using Count = ShadowCounters::Count;
    std::string parts;
    const auto add = [&](Count count, Count of, std::string_view what) {
      if (shadow[of] == 0) return;
      const double share = static_cast<double>(shadow[count]) / static_cast<double>(shadow[of]);
      parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", as_percent(share), what);
    };
    add(Count::picks_differing, Count::picks, "of the picks elsewhere");
    if (const double distance = pick_distance(service.shadow_shares); std::isfinite(distance)) {
      parts += fmt::format(" ({} of the picks in other proportions)", as_percent(distance));
    }
    if (shadow[Count::calls_refused] > 0) add(Count::calls_refused, Count::calls, "of the calls refused");
    if (shadow[Count::calls_admitted] > 0) add(Count::calls_admitted, Count::calls, "of the calls let in that weren't");
    if (shadow[Count::calls_shed] > 0) add(Count::calls_shed, Count::calls, "of the calls shed after a wait");
    if (shadow[Count::calls_kept] > 0) add(Count::calls_kept, Count::calls, "of the calls kept that were shed");
    if (shadow[Count::attempts_refused] > 0) {
      add(Count::attempts_refused, Count::attempts, "of the attempts refused by its breaker");
    }
    if (shadow[Count::attempts_admitted] > 0) {
      parts += fmt::format("{}{} attempts let through that weren't", parts.empty() ? "" : ", ",
                           with_separators(shadow[Count::attempts_admitted]));
    }
    if (shadow[Count::attempts_at_ejected] > 0) {
      add(Count::attempts_at_ejected, Count::attempts, "of the attempts at endpoints that it keeps out");
    }
    for (const auto& [count, what] : {std::pair(Count::attempts_pending, "waits for a place"),
                                      std::pair(Count::attempts_overflow, "without room to wait"),
                                      std::pair(Count::probes, "probes sent"),
                                      std::pair(Count::retries_refused, "retries refused")}) {
      if (shadow[count] == 0) continue;
      parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", with_separators(shadow[count]), what);
    }
    const std::string line =
        fmt::format("{}'s shadow would have had {}", service.name, parts.empty() ? "nothing otherwise" : parts);
    text += fmt::format("  {} {}", paint.dim("~"), wrapped(line, "    ", width).substr(4));
  }
  return text;
}

std::string sketch_part(const ScenarioResult& result, const Paint& paint, std::size_t width) {
  std::vector<Sketched> distributions;
  for (const ServiceResult& service : result.services) {
    distributions.push_back({result.services.size() > 1 ? service.name : "", &service.latency_histogram});
  }
  return sketch(distributions, paint, width);
}

std::string expectations_part(const Scenario& scenario, const ScenarioResult& result, const Paint& paint) {
  std::string text;
  for (std::size_t i = 0; i < result.expectations.size(); ++i) {
    const ExpectationResult& e = result.expectations[i];
    const bool is_latency = scenario.expect[i].metric.find("latency.") != std::string::npos;
    const std::string value = std::isnan(e.value) ? "unknown"
                              : is_latency        ? as_latency(e.value)
                                                  : fmt::format("{:.6g}", e.value);
    text += fmt::format("  {} {}  {}\n", e.ok ? paint.good("✓") : paint.bad("✗"), e.text,
                        paint.dim("is " + value));
  }
  return text;
}

std::string warnings_part(const ScenarioResult& result, const Paint& paint, std::size_t width) {
  std::string text;
  for (const std::string& warning : result.warnings) {
    text += fmt::format("  {} {}", paint.warn("!"), wrapped(warning, "    ", width).substr(4));
  }
  return text;
}

}  // namespace

std::string report(const Scenario& scenario, const ScenarioResult& result, const Paint& paint,
                   std::size_t width) {
  std::string text = headline(scenario, result, paint);
  for (const std::string& part :
       {services_table(result, width), failures_part(result, paint, width), connections_part(result, paint, width),
        shadow_part(result, paint, width),
        sketch_part(result, paint, width),
        endpoints_table(result.services, width), expectations_part(scenario, result, paint),
        warnings_part(result, paint, width)}) {
    if (!part.empty()) text += "\n" + part;
  }
  return text;
}

}  // namespace meshtwin
