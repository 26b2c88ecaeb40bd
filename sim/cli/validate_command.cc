// `meshtwin validate`: theory and published experiments against the simulator.
#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/config/wording.h"
#include "sim/cli/arguments.h"
#include "sim/cli/commands.h"
#include "sim/cli/files.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/progress.h"
#include "sim/cli/validation_report.h"

namespace meshtwin {
namespace {

constexpr double kDefaultEffort = 0.4;  // half a minute on two cores
constexpr double kFullEffort = 12.8;

struct ValidateOptions {
  bool full = false;
  bool json = false;
  std::string section;
  std::string policy;
  std::string out;
  std::uint64_t seed = 1;
  unsigned threads = 0;
};

bool has(const std::string& whole, const std::string& text) { return whole.find(text) != std::string::npos; }

// Those whose section or name has the text in it.
std::vector<Experiment> chosen(const std::string& text) {
  std::vector<Experiment> all = all_experiments();
  std::erase_if(all, [&](const Experiment& one) { return !has(one.section, text) && !has(one.name, text); });
  return all;
}

std::vector<Unchecked> chosen_unchecked(const std::string& text) {
  std::vector<Unchecked> all = unchecked_figures();
  std::erase_if(all, [&](const Unchecked& one) { return !has(one.section, text) && !has(one.what, text); });
  return all;
}

// The figures as a list, a sentence each, for --help.
std::string unchecked_list() {
  std::string text;
  for (const Unchecked& one : unchecked_figures()) {
    text += "  " + one.section + ": " + one.what + "\n";
  }
  return text;
}

int validate_all(const ValidateOptions& options) {
  std::vector<Experiment> experiments = chosen(options.section);
  if (experiments.empty()) {
    return bad_input(fmt::format("--only: no experiment has {} in its name; meshtwin validate without it lists all",
                                 in_quotes(options.section)));
  }
  if (!options.policy.empty()) {
    const Result<ServicePolicy> policy = load_policy(options.policy);
    if (!policy) return bad_input(policy.error().message);
    for (Experiment& one : experiments) {
      for (ServicePolicy& service : one.scenario.policies) service.config.balancer = policy.value().config.balancer;
    }
  }
  std::optional<OutputFolder> folder;
  if (!options.out.empty()) {
    Result<OutputFolder> prepared = OutputFolder::prepare(options.out);
    if (!prepared) return bad_input(prepared.error().message);
    folder = std::move(prepared).value();
  }
  const InterruptListener interrupt;
  ProgressLine progress("validate");
  ValidationOptions run;
  run.effort = options.full ? kFullEffort : kDefaultEffort;
  run.seed = options.seed;
  run.threads = options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  run.on_progress = [&](double share) {
    progress.show(share);
    return !interrupt.interrupted();
  };
  Result<Validation> result = validate(std::move(experiments), run);
  progress.clear();
  if (!result) return bad_input(result.error().message);
  Validation& validation = result.value();
  validation.unchecked = chosen_unchecked(options.section);
  if (options.json) {
    fmt::print("{}\n", validation_document(validation).dump(2));
  } else {
    const std::size_t width = stdout_width();
    const std::size_t table_width = stdout_is_terminal() ? width : std::numeric_limits<std::size_t>::max();
    fmt::print("{}", validation_report(validation, Paint::for_stdout(), width, table_width));
  }
  if (folder) {
    const auto json = folder->write("validation.json", validation_document(validation).dump(2) + "\n");
    if (!json) return bad_input(json.error().message);
    const auto plot = folder->write("validation.svg", validation_plot(validation));
    if (!plot) return bad_input(plot.error().message);
  }
  if (!validation.complete) return kInterrupted;
  return validation.missed() == 0 ? 0 : kExpectationFailed;
}

}  // namespace

void add_validate_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* command =
      app.add_subcommand("validate", "Check the simulator against queueing theory and published experiments");
  command->add_flag("--full", options->full, "32 times as many requests: intervals less than a fifth as wide");
  command->add_option("--only", options->section, "Experiments whose section or name has this text")
      ->check(not_empty("a text"))
      ->option_text("TEXT");
  command
      ->add_option("--policy", options->policy,
                   "Policy file whose balancer takes the place of each experiment's own: to see checks fail")
      ->check(not_empty("a policy file"))
      ->option_text("FILE");
  command->add_option("--seed", options->seed, "Of all randomness (default: 1)")->option_text("N");
  command->add_option("--threads", options->threads, "Replications at the same time (default: one a core)")
      ->option_text("N");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->add_option("--out", options->out, "Folder for validation.json and the plot validation.svg")
      ->check(not_empty("a folder"))
      ->option_text("DIR");
  command->footer(
      "Each reference is to lie in the 99.9 % confidence interval of what the simulator measures. What is\n"
      "published without an interval is taken as \"about\" that, and the table says how near; what is published as\n"
      "an order or a bound is to have all of the interval on its side.\n\n"
      "Published, and not checked, for reasons that the report gives:\n" +
      unchecked_list() +
      "\n"
      "Exit status: 0 all do, 1 one lies outside, 2 bad input, 130 interrupted.\n\n"
      "Example: meshtwin validate --only \"power of d\" --full");
  command->callback([options, &exit_code] { exit_code = validate_all(*options); });
}

}  // namespace meshtwin
