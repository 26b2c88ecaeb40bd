// `meshtwin run`: runs scenario files, simulated or for real, and reports on each.
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/results/document.h"
#include "sim/cli/arguments.h"
#include "sim/cli/commands.h"
#include "sim/cli/execute.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/report.h"
#include "sim/cli/run_flags.h"
#include "sim/cli/sibling.h"
#include "sim/run/real_runner.h"

namespace meshtwin {
namespace {

struct RunOptions {
  std::vector<std::string> files;
  RunFlags flags;
  std::string on = "sim";
  std::string out;
};

// Each file's results go into a folder of their own where there are several: named as the file, numbered
// where two have the same name.
std::vector<std::string> result_folders(const RunOptions& options) {
  std::vector<std::string> folders;
  std::set<std::string> taken;
  for (const std::string& file : options.files) {
    if (options.files.size() == 1) return {options.out};
    const std::string stem = std::filesystem::path(file).stem().string();
    std::string name = stem;
    for (int n = 2; !taken.insert(name).second; ++n) name = fmt::format("{}-{}", stem, n);
    folders.push_back((std::filesystem::path(options.out) / name).string());
  }
  return folders;
}

int run(const RunOptions& options) {
  const bool real = options.on == "real";
  std::string testbed;
  if (real) {
    const Result<std::string> found = find_sibling("testbed");
    if (!found) return bad_input("--on real: " + found.error().message);
    testbed = found.value();
  }
  std::vector<Scenario> scenarios;
  bool readable = true;
  for (const std::string& file : options.files) {
    Result<Scenario> scenario = load_with_flags(file, options.flags);
    if (scenario) {
      scenarios.push_back(std::move(scenario).value());
    } else {
      bad_input(scenario.error().message);
      readable = false;
    }
  }
  if (!readable) return kBadInput;
  std::vector<OutputFolder> folders;
  if (!options.out.empty()) {
    for (const std::string& path : result_folders(options)) {
      Result<OutputFolder> folder = OutputFolder::prepare(path);
      if (!folder) return bad_input(folder.error().message);
      folders.push_back(std::move(folder).value());
    }
  }

  if (real) announce_wall_time(scenarios);
  const InterruptListener interrupt;
  const Paint paint = Paint::for_stdout();
  nlohmann::ordered_json documents = nlohmann::ordered_json::array();
  int exit_code = 0;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    ExecuteOptions execute_options;
    execute_options.threads = options.flags.threads;
    execute_options.series = !folders.empty();
    execute_options.label = scenarios[i].name;
    if (real) execute_options.runner = real_runner({testbed, options.files[i], options.flags.set});
    const Result<Execution> execution = execute(scenarios[i], execute_options, interrupt);
    if (!execution) return bad_input(fmt::format("{}: {}", options.files[i], execution.error().message));
    if (options.flags.json) {
      documents.push_back(result_document(execution.value().result));
    } else {
      fmt::print("{}{}", i > 0 ? "\n" : "",
                 report(scenarios[i], execution.value().result, paint, stdout_width()));
      std::fflush(stdout);
    }
    if (!folders.empty()) {
      const Result<bool> written = folders[i].write_execution(execution.value());
      if (!written) return bad_input(written.error().message);
    }
    if (!execution.value().result.expectations_met()) exit_code = kExpectationFailed;
    if (execution.value().interrupted) {
      exit_code = kInterrupted;
      break;
    }
  }
  if (options.flags.json)
    fmt::print("{}\n", (options.files.size() == 1 ? documents.at(0) : documents).dump(2));
  return exit_code;
}

}  // namespace

void add_run_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("run", "Run scenario files and report latency, success and load");
  command->add_option("FILE", options->files, "Scenario files")->required()->option_text("...");
  command->add_option("--on", options->on, "Where: sim, the simulator (default), or real, with backends, proxy and\n"
                   "load generator on this machine, in the scenario's own time")
      ->check(one_of({"sim", "real"}))
      ->option_text("PLACE");
  command
      ->add_option("--out", options->out,
                   "Folder for result.json, series and histogram as JSON and CSV; made where it is missing")
      ->check(not_empty("a folder"))
      ->option_text("DIR");
  add_run_flags(*command, options->flags);
  command->footer(
      "Latency runs from the moment that a call was due to its outcome, retries included. ok/s: successes a\n"
      "second; attempts: per call; policy: the beginning of the policy's SHA-256.\n"
      "Margins (±) are 95% confidence intervals: from the spread of replications, or from batch means of one "
      "run.\n"
      "Ctrl-C ends a run with what it has so far, marked as partial.\n"
      "Exit status: 0 all expectations met, 1 one was missed, 2 bad input, 130 interrupted.\n\n"
      "Example: meshtwin run scenarios/quickstart.json --set clients.web-3.arrivals.rate=900 --out results");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace meshtwin
