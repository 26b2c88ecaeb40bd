#include "sim/cli/validation_report.h"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cli/table.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

std::string number(double value) { return fmt::format("{:.5g}", value); }

std::string interval_text(const Interval& interval) {
  return fmt::format("{} to {}", number(interval.low), number(interval.high));
}

std::string reference_text(const Check& check) {
  switch (check.relation) {
    case Relation::equals:
    case Relation::each_equals:
      break;
    case Relation::below:
      return "< " + number(check.reference);
    case Relation::above:
      return "> " + number(check.reference);
  }
  return number(check.reference);
}

std::string source_of(const Check& check) {
  if (check.kind == ReferenceKind::reasoned) return "by hand: " + check.source;
  if (check.relation == Relation::below || check.relation == Relation::above) return check.source;
  if (check.relation == Relation::each_equals) {
    return check.tolerance == 0 ? check.source + ", in each run"
                                : fmt::format("{}, ± {:g} in each run", check.source, check.tolerance);
  }
  switch (check.kind) {
    case ReferenceKind::exact:
    case ReferenceKind::reasoned:
      break;
    case ReferenceKind::simulated:
      return fmt::format("{} ± {:g}", check.source, check.tolerance);
    case ReferenceKind::published:
      return fmt::format("{}, about: ± {:g}", check.source, check.tolerance);
  }
  return check.tolerance == 0 ? check.source : fmt::format("{}, ± {:.2g}", check.source, check.tolerance);
}

std::string_view name_of(ReferenceKind kind) {
  constexpr std::array<std::string_view, 4> kNames{"exact", "simulated", "published", "reasoned"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Relation relation) {
  constexpr std::array<std::string_view, 4> kNames{"equals", "each_equals", "below", "above"};
  return kNames[static_cast<std::size_t>(relation)];
}

// "8 the tail at scale: what is published. Why it isn't checked. scenarios/experiments/..."
std::string unchecked_text(const std::vector<Unchecked>& unchecked, std::size_t width) {
  if (unchecked.empty()) return {};
  std::string text = "\n  Published, and not checked:\n";
  for (const Unchecked& one : unchecked) {
    const std::string where = one.scenario.empty() ? "" : " See scenarios/" + one.scenario + ".";
    text += wrapped(fmt::format("{}: {}. {}{}", one.section, one.what, one.reason, where), "    ", width);
  }
  return text;
}

// Of the numbers that are compared by an interval, how many it tells within a twentieth.
std::string sharpness(const Validation& validation) {
  std::size_t compared = 0;
  std::size_t sharp = 0;
  for (const ExperimentResult& one : validation.experiments) {
    for (std::size_t i = 0; i < one.checks.size(); ++i) {
      const Check& check = one.experiment.checks[i];
      if (check.relation != Relation::equals || check.reference == 0) continue;
      ++compared;
      if (one.checks[i].interval.half_width() <= .05 * std::fabs(check.reference)) ++sharp;
    }
  }
  if (compared == 0) return {};
  return fmt::format("{} of {} intervals are within 5 % of the reference; --full makes them a fifth as wide.", sharp,
                     compared);
}

}  // namespace

std::string validation_report(const Validation& validation, const Paint& paint, std::size_t width,
                              std::size_t table_width) {
  std::string text;
  std::string section;
  Table table({{"experiment", Table::Align::left},
               {"", Table::Align::left},
               {"reference"},
               {"result"},
               {"99.9 % interval", Table::Align::right, 2},
               {"", Table::Align::left},
               {"source", Table::Align::left, 1}});
  for (const ExperimentResult& one : validation.experiments) {
    if (one.experiment.section != section) {
      section = one.experiment.section;
      table.add({section, "", "", "", "", "", ""});
    }
    for (std::size_t i = 0; i < one.checks.size(); ++i) {
      const Check& check = one.experiment.checks[i];
      const CheckResult& result = one.checks[i];
      table.add({i == 0 ? "  " + one.experiment.name : "", check.what, reference_text(check), number(result.value),
                 interval_text(result.interval), result.holds ? "✓" : "✗ outside", source_of(check)});
    }
  }
  text += table.text("  ", table_width) + "\n";
  std::uint64_t requests = 0;
  for (const ExperimentResult& one : validation.experiments) requests += one.requests;
  const std::size_t missed = validation.missed();
  const std::string summary =
      fmt::format("{} of {} references hold; {} requests simulated.", validation.checks() - missed,
                  validation.checks(), with_separators(requests));
  text += "  " + (missed == 0 ? paint.good(summary) : paint.bad(summary)) + "\n";
  if (const std::string told = sharpness(validation); !told.empty()) text += wrapped(told, "  ", width);
  if (!validation.complete) text += "  " + paint.warn("interrupted: the rest was left out") + "\n";
  text += paint.dim(
      wrapped("A reference holds where the interval has it inside, give or take a tolerance that is in its source; < and > "
              "where all of the interval is on that side. Times are in mean services, or in milliseconds where an "
              "experiment has its own.",
              "  ", width));
  text += unchecked_text(validation.unchecked, width);
  return text;
}

nlohmann::ordered_json validation_document(const Validation& validation) {
  nlohmann::ordered_json checks = nlohmann::ordered_json::array();
  for (const ExperimentResult& one : validation.experiments) {
    for (std::size_t i = 0; i < one.checks.size(); ++i) {
      const Check& check = one.experiment.checks[i];
      const CheckResult& result = one.checks[i];
      checks.push_back({{"section", one.experiment.section},
                        {"experiment", one.experiment.name},
                        {"what", check.what},
                        {"source", check.source},
                        {"kind", name_of(check.kind)},
                        {"reference", check.reference},
                        {"relation", name_of(check.relation)},
                        {"tolerance", check.tolerance},
                        {"value", result.value},
                        {"interval999", {result.interval.low, result.interval.high}},
                        {"ok", result.holds},
                        {"requests", one.requests}});
    }
  }
  nlohmann::ordered_json unchecked = nlohmann::ordered_json::array();
  for (const Unchecked& one : validation.unchecked) {
    unchecked.push_back({{"section", one.section}, {"what", one.what}, {"reason", one.reason}});
    if (!one.scenario.empty()) unchecked.back()["scenario"] = "scenarios/" + one.scenario;
  }
  return {{"complete", validation.complete},
          {"checks", validation.checks()},
          {"missed", validation.missed()},
          {"results", checks},
          {"not_checked", unchecked}};
}

}  // namespace meshtwin
