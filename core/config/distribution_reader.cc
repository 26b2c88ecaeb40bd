#include "core/config/distribution_reader.h"

#include <fmt/format.h>

#include <array>

#include "core/config/table_file.h"
#include "core/config/units.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

// A coefficient of variation or a shape past this is a slip of the pen.
constexpr double kMaxShape = 1000;

constexpr std::array<std::string_view, 8> kDistributionWords{
    "constant", "uniform", "exponential", "lognormal", "pareto", "hyperexponential", "erlang", "empirical"};

double read_number(ObjectReader& object, std::string_view key, double min) {
  const auto value = object.require(key, fmt::format("{}", min + 1));
  return value ? value->number(min, kMaxShape) : min;
}

Duration read_positive(ObjectReader& object, std::string_view key) {
  const auto value = object.require(key, "\"10ms\"");
  return value ? value->positive_duration() : Duration(1);
}

Duration read_duration(ObjectReader& object, std::string_view key) {
  const auto value = object.require(key, "\"10ms\"");
  return value ? value->duration() : Duration::zero();
}

std::vector<Distribution::Quantile> read_inline_quantiles(const Value& value) {
  std::vector<Distribution::Quantile> out;
  const std::vector<Value> rows = value.items();
  for (const Value& row : rows) {
    const std::vector<Value> pair = row.items();
    if (pair.size() != 2) {
      row.refuse("isn't a quantile; give a probability and a duration, such as [0.5, \"2ms\"]");
      return out;
    }
    out.push_back({pair[0].number(0, 1), pair[1].duration()});
  }
  const std::optional<QuantileProblem> problem = check_quantiles(out);
  if (problem) (rows.empty() ? value : rows[problem->row]).fail(problem->what);
  return out;
}

std::vector<Distribution::Quantile> read_quantile_file(const Value& value, const ScenarioFiles& files) {
  const std::string path = value.text();
  if (value.diagnostics().failed()) return {};
  const Result<std::string> text = files.load(path);
  if (!text) {
    value.fail(fmt::format("{} can't be read: {}; give a path from the scenario's folder", in_quotes(path),
                           text.error().message));
    return {};
  }
  Result<std::vector<Distribution::Quantile>> table = parse_quantile_table(text.value(), files.shown(path));
  if (table) return std::move(table).value();
  value.diagnostics().fail_as_is(table.error());
  return {};
}

Distribution read_empirical(const Value& value, ObjectReader& object, const ScenarioFiles& files) {
  std::vector<Distribution::Quantile> quantiles;
  const auto file = object.find("file");
  const auto rows = object.find("quantiles");
  if (file.has_value() == rows.has_value()) {
    value.fail("give either \"file\" or \"quantiles\", such as \"quantiles\": [[0, \"1ms\"], [1, \"9ms\"]]");
  } else {
    quantiles = file ? read_quantile_file(*file, files) : read_inline_quantiles(*rows);
  }
  object.finish();
  return value.diagnostics().failed() ? Distribution() : Distribution::empirical(quantiles);
}

Distribution read_kind(std::size_t kind, const Value& value, ObjectReader& object) {
  switch (kind) {
    case 0:
      return Distribution::constant(read_duration(object, "value"));
    case 1: {
      const Duration min = read_duration(object, "min");
      const Duration max = read_duration(object, "max");
      if (min <= max) return Distribution::uniform(min, max);
      if (!value.diagnostics().failed() && object.find("max")) {
        value.fail(fmt::format("min {} is above max {}; give a max of at least the min", format_duration(min),
                               format_duration(max)));
      }
      return {};
    }
    case 2:
      return Distribution::exponential(read_positive(object, "mean"));
    case 3: {
      const Duration mean = read_positive(object, "mean");
      return Distribution::lognormal(mean, read_number(object, "cv", 0));
    }
    case 4: {
      const Duration scale = read_positive(object, "scale");
      const double shape = read_number(object, "shape", 1);
      if (shape > 1) return Distribution::pareto(scale, shape);
      if (const auto given = object.find("shape"))
        given->refuse("is out of range; give a number above 1, which has a mean");
      return {};
    }
    case 5: {
      const Duration mean = read_positive(object, "mean");
      return Distribution::hyperexponential(mean, read_number(object, "cv", 1));
    }
    default: {
      const auto k = object.require("k", "2");
      const std::uint32_t phases = k ? k->count(1, 1000) : 1;
      return Distribution::erlang(phases, read_positive(object, "mean"));
    }
  }
}

}  // namespace

Distribution read_quantiles(const Value& value) {
  const std::vector<Distribution::Quantile> quantiles = read_inline_quantiles(value);
  return value.diagnostics().failed() ? Distribution() : Distribution::empirical(quantiles);
}

Distribution read_distribution(const Value& value, const ScenarioFiles& files) {
  if (!value.is_object()) return Distribution::constant(value.duration());
  std::size_t kind = 0;
  {
    ObjectReader object(value, "");
    const auto word = object.require("dist", "\"exponential\"");
    if (!word) {
      value.fail(
          "the key \"dist\" is missing; add it, such as \"dist\": \"exponential\", or write a duration such "
          "as "
          "\"10ms\"");
      return {};
    }
    kind = word->word(kDistributionWords);
  }
  if (value.diagnostics().failed()) return {};
  ObjectReader object(value, fmt::format("distribution.{}", kDistributionWords[kind]));
  object.find("dist");
  if (kind == 7) return read_empirical(value, object, files);
  const Distribution out = read_kind(kind, value, object);
  object.finish();
  return out;
}

}  // namespace meshtwin
