// `meshtwin compare`: variants of a system under common random numbers.
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/config/wording.h"
#include "core/results/comparison.h"
#include "core/results/document.h"
#include "sim/cli/arguments.h"
#include "sim/cli/commands.h"
#include "sim/cli/execute.h"
#include "sim/cli/files.h"
#include "sim/cli/run_flags.h"
#include "sim/cli/table.h"
#include "sim/cli/terminal.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kDefaultReplications = 10;

struct CompareOptions {
  std::vector<std::string> files;
  std::string scenario;
  std::string service;
  RunFlags flags;
};

struct Variant {
  std::string name;
  Scenario scenario;
  std::size_t service = 0;
};

Result<std::size_t> find_service(const Scenario& scenario, const std::string& file,
                                 const std::string& wanted) {
  if (wanted.empty()) return std::size_t{scenario.clients.empty() ? 0 : scenario.clients.front().service};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < scenario.services.size(); ++i) {
    if (scenario.services[i].name == wanted) return i;
    names.push_back(scenario.services[i].name);
  }
  return Error{fmt::format("{}: {}", file, no_such("service", wanted, names))};
}

// A scenario as it is, or the base scenario with a policy file in place of the service's own policy.
Result<Variant> load_variant(const std::string& file, const CompareOptions& options) {
  const Result<bool> is_scenario = is_scenario_file(file);
  if (!is_scenario) return is_scenario.error();
  if (!is_scenario.value() && options.scenario.empty()) {
    return Error{fmt::format(
        "{}: this is a policy; name the scenario to compare policies in with --scenario FILE", file)};
  }
  const std::string& base = is_scenario.value() ? file : options.scenario;
  Result<Scenario> scenario = load_with_flags(base, options.flags);
  if (!scenario) return scenario.error();
  Variant variant{file, std::move(scenario).value(), 0};
  const Result<std::size_t> service = find_service(variant.scenario, base, options.service);
  if (!service) return service.error();
  variant.service = service.value();
  if (!is_scenario.value()) {
    const Result<ServicePolicy> policy = load_policy(file);
    if (!policy) return policy.error();
    variant.scenario.policies[variant.service] = policy.value();
  }
  if (!options.flags.replications && variant.scenario.replications < kDefaultReplications) {
    variant.scenario.replications = kDefaultReplications;
  }
  return variant;
}

// File names without folder and ending where that tells the files apart; a file that is there twice is
// numbered.
void shorten_names(std::vector<Variant>& variants) {
  std::set<std::string> files;
  std::set<std::string> stems;
  for (const Variant& v : variants) {
    files.insert(v.name);
    stems.insert(std::filesystem::path(v.name).stem().string());
  }
  std::set<std::string> taken;
  for (Variant& v : variants) {
    if (stems.size() == files.size()) v.name = std::filesystem::path(v.name).stem().string();
    const std::string name = v.name;
    for (int n = 2; !taken.insert(v.name).second; ++n) v.name = fmt::format("{} #{}", name, n);
  }
}

std::string variants_table(const std::vector<Variant>& variants, const std::vector<Execution>& executions) {
  Table table({{"variant", Table::Align::left},
               {"calls", Table::Align::right, 3},
               {"success"},
               {"attempts", Table::Align::right, 2},
               {"mean"},
               {"p50"},
               {"p90", Table::Align::right, 1},
               {"p99"},
               {"p99.9"},
               {"policy", Table::Align::left, 4}});
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const ServiceResult& s = executions[i].result.services[variants[i].service];
    table.add({variants[i].name, with_separators(s.requests), as_percent(s.success_rate.value),
               fmt::format("{:.3f}", s.attempts_per_request.value), as_latency(s.latency.mean.value),
               as_latency(s.latency.p50.value), as_latency(s.latency.p90.value),
               as_latency(s.latency.p99.value), as_latency(s.latency.p999.value),
               s.policy_sha256.substr(0, 8)});
  }
  return table.text("  ", stdout_width());
}

std::string value_text(const MetricDifference& d, double value) {
  if (d.is_latency) return fmt::format("{:.4g} ms", value);
  return d.metric == "success_rate" ? fmt::format("{:.4f} %", value * 100) : fmt::format("{:.4f}", value);
}

std::string relative_text(const MetricDifference& d) {
  if (d.metric == "success_rate" || d.first <= 0 || d.difference == 0) return "";
  return fmt::format("{:+.1f} %", d.difference / d.first * 100);
}

std::string differences_table(const PairedComparison& comparison, const Paint& paint) {
  Table table({{"metric", Table::Align::left},
               {comparison.first},
               {comparison.second},
               {"difference"},
               {"", Table::Align::right, 2},
               {"95% interval", Table::Align::right, 1},
               {"better", Table::Align::left}});
  for (const MetricDifference& d : comparison.differences) {
    const std::string interval =
        comparison.pairs < 2 ? "-"
                             : fmt::format("{} to {}", value_text(d, d.ci95.low), value_text(d, d.ci95.high));
    const std::string better = d.better == Better::neither  ? "not shown"
                               : d.better == Better::second ? comparison.second
                                                            : comparison.first;
    table.add({d.metric, value_text(d, d.first), value_text(d, d.second), value_text(d, d.difference),
               relative_text(d), interval, better});
  }
  const std::string what = "means over the replications of what each shows by itself";
  return table.text("  ", stdout_width()) + fmt::format("  {}\n\n", paint.dim(what)) +
         paint.bold(wrapped(comparison.verdict, "  ", stdout_width()));
}

nlohmann::ordered_json comparison_document(const PairedComparison& comparison) {
  nlohmann::ordered_json differences = nlohmann::ordered_json::object();
  for (const MetricDifference& d : comparison.differences) {
    const char* better = d.better == Better::neither ? "" : d.better == Better::second ? "second" : "first";
    nlohmann::ordered_json interval = nullptr;
    if (comparison.pairs > 1) interval = {d.ci95.low, d.ci95.high};
    differences[d.metric] = {{"first", d.first},
                             {"second", d.second},
                             {"difference", d.difference},
                             {"ci95", interval},
                             {"better", *better == '\0' ? nlohmann::ordered_json(nullptr) : better}};
  }
  return {{"first", comparison.first},
          {"second", comparison.second},
          {"pairs", comparison.pairs},
          {"differences", differences},
          {"verdict", comparison.verdict}};
}

void print_comparison(const CompareOptions& options, const std::vector<Variant>& variants,
                      const std::vector<Execution>& executions) {
  std::vector<PairedComparison> comparisons;
  for (std::size_t i = 1; i < variants.size(); ++i) {
    comparisons.push_back(
        compare({variants[0].name, variants[0].scenario, executions[0].replications, variants[0].service},
                {variants[i].name, variants[i].scenario, executions[i].replications, variants[i].service}));
  }
  if (options.flags.json) {
    nlohmann::ordered_json document = {{"variants", nlohmann::ordered_json::array()},
                                       {"comparisons", nlohmann::ordered_json::array()}};
    for (std::size_t i = 0; i < variants.size(); ++i) {
      document["variants"].push_back(
          {{"name", variants[i].name}, {"result", result_document(executions[i].result)}});
    }
    for (const PairedComparison& c : comparisons) document["comparisons"].push_back(comparison_document(c));
    fmt::print("{}\n", document.dump(2));
    return;
  }
  const Paint paint = Paint::for_stdout();
  const Scenario& base = variants[0].scenario;
  fmt::print("{}  {}\n\n{}", paint.bold(base.services[variants[0].service].name),
             paint.dim(fmt::format("{} pairs of replications with common random numbers, seed {}",
                                   executions[0].replications.size(), base.seed)),
             variants_table(variants, executions));
  for (const PairedComparison& c : comparisons) fmt::print("\n{}", differences_table(c, paint));
  bool warned = false;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    for (const std::string& warning : executions[i].result.warnings) {
      const std::string lines =
          wrapped(fmt::format("{}: {}", variants[i].name, warning), "    ", stdout_width());
      fmt::print("{}  {} {}", std::exchange(warned, true) ? "" : "\n", paint.warn("!"), lines.substr(4));
    }
  }
}

int compare_files(const CompareOptions& options) {
  if (options.files.size() < 2)
    return bad_input("compare needs two files or more; see meshtwin compare --help");
  std::vector<Variant> variants;
  std::set<std::string> problems;
  for (const std::string& file : options.files) {
    Result<Variant> variant = load_variant(file, options);
    if (variant) {
      variants.push_back(std::move(variant).value());
    } else {
      if (problems.insert(variant.error().message).second) bad_input(variant.error().message);
    }
  }
  if (!problems.empty()) return kBadInput;
  shorten_names(variants);
  for (Variant& v : variants) {
    // Pairs need the same seeds and as many replications on either side.
    v.scenario.seed = variants[0].scenario.seed;
    v.scenario.replications = variants[0].scenario.replications;
  }
  const InterruptListener interrupt;
  std::vector<Execution> executions;
  for (const Variant& variant : variants) {
    ExecuteOptions execute_options;
    execute_options.threads = options.flags.threads;
    execute_options.label = variant.name;
    Result<Execution> execution = execute(variant.scenario, execute_options, interrupt);
    if (!execution) return bad_input(fmt::format("{}: {}", variant.name, execution.error().message));
    if (execution.value().interrupted) return bad_input("interrupted: nothing to compare yet"), kInterrupted;
    executions.push_back(std::move(execution).value());
  }
  print_comparison(options, variants, executions);
  return 0;
}

}  // namespace

void add_compare_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand(
      "compare", "Compare policies or scenarios under common random numbers, with a verdict");
  command
      ->add_option("FILE", options->files,
                   "Two or more policy files or scenario files; each is compared to the first")
      ->required()
      ->option_text("...");
  command->add_option("--scenario", options->scenario, "The scenario in which policy files are compared")
      ->check(not_empty("a scenario file"))
      ->option_text("FILE");
  command
      ->add_option(
          "--service", options->service,
          "The service whose policy or results are compared (default: the one that the first client calls)")
      ->option_text("NAME");
  add_run_flags(*command, options->flags);
  command->footer(
      "Every variant sees the same arrivals and service demands, request by request, so that small "
      "differences\n"
      "show. Intervals are 95% t intervals of the paired differences, over at least 10 replications unless\n"
      "--replications says otherwise. \"better\" and the verdict judge all metrics together at 95% "
      "(Bonferroni):\n"
      "a difference has to lie further from zero than its own interval says. Scenarios are compared by the\n"
      "service that their first client calls.\n\n"
      "Example: meshtwin compare scenarios/policies/round-robin.json scenarios/policies/least-request.json "
      "--scenario scenarios/starter.json");
  command->callback([options, &exit_code] { exit_code = compare_files(*options); });
}

}  // namespace meshtwin
