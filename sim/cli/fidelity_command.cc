// `meshtwin fidelity`: scenarios in both worlds, and how far the prediction is from the measurement.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/results/fidelity_document.h"
#include "sim/cli/arguments.h"
#include "sim/cli/calibration.h"
#include "sim/cli/commands.h"
#include "sim/cli/execute.h"
#include "sim/cli/fidelity_report.h"
#include "sim/cli/files.h"
#include "sim/cli/output_folder.h"
#include "sim/cli/quantile_plot.h"
#include "sim/cli/run_flags.h"
#include "sim/cli/sibling.h"
#include "sim/cli/terminal.h"
#include "sim/run/real_runner.h"

namespace meshtwin {
namespace {

struct FidelityOptions {
  std::vector<std::string> files;
  std::string calibration;
  std::string out;
  RunFlags flags;
};

// What is gathered while scenario after scenario runs.
struct Findings {
  std::vector<ScenarioFidelity> scenarios;
  std::vector<std::string> calibration_warnings;
  std::vector<QuantilePanel> panels;
  std::vector<std::pair<std::string, std::string>> call_logs;  // file name and text
  bool interrupted = false;
};

struct World {
  Execution execution;
  std::vector<CallLog> logs;
  WorldRuns runs() const { return {execution.result, execution.replications, logs}; }
};

Result<World> run_world(const Scenario& scenario, const FidelityOptions& options, Runner runner,
                        const InterruptListener& interrupt) {
  World world;
  ExecuteOptions execute_options;
  execute_options.threads = options.flags.threads;
  execute_options.label = fmt::format("{}, {}", scenario.name, runner ? "for real" : "simulated");
  execute_options.runner = std::move(runner);
  execute_options.call_logs = &world.logs;
  Result<Execution> execution = execute(scenario, execute_options, interrupt);
  if (!execution) return execution.error();
  world.execution = std::move(execution).value();
  return world;
}

// `name`, or with a number where it is taken.
std::string fresh_name(const std::string& name, std::set<std::string>& taken) {
  std::string fresh = name;
  for (int n = 2; !taken.insert(fresh).second; ++n) fresh = fmt::format("{}-{}", name, n);
  return fresh;
}

void keep(const Scenario& scenario, const std::string& name, const World& predicted, const World& measured,
          Findings& findings) {
  findings.scenarios.push_back(judge_fidelity(scenario, predicted.runs(), measured.runs()));
  for (std::size_t i = 0; i < scenario.services.size(); ++i) {
    const ServiceResult& p = predicted.execution.result.services[i];
    const ServiceResult& m = measured.execution.result.services[i];
    if (p.requests == 0 && m.requests == 0) continue;
    const std::string title =
        scenario.services.size() == 1 ? scenario.name : fmt::format("{} {}", scenario.name, p.name);
    findings.panels.push_back({title, p.latency_histogram, m.latency_histogram});
  }
  const auto add_log = [&](const char* world, const std::vector<CallLog>& logs) {
    for (std::size_t i = 0; i < logs.size(); ++i) {
      const std::string number = logs.size() == 1 ? "" : fmt::format(".{}", i + 1);
      findings.call_logs.emplace_back(fmt::format("{}{}.{}.csv", name, number, world),
                                      encode_call_log(logs[i]));
    }
  };
  add_log("predicted", predicted.logs);
  add_log("measured", measured.logs);
}

// Runs the scenarios one after the other; an interrupt ends it with those that are done.
std::optional<Error> compare_worlds(const std::vector<Scenario>& scenarios, const FidelityOptions& options,
                                    const std::string& testbed, const InterruptListener& interrupt,
                                    Findings& findings) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const std::string& file = options.files[i];
    const auto about_file = [&](const Error& error) {
      return Error{fmt::format("{}: {}", file, error.message)};
    };
    const Result<World> predicted = run_world(scenarios[i], options, {}, interrupt);
    if (!predicted && !interrupt.interrupted()) return about_file(predicted.error());
    if (!predicted || predicted.value().execution.interrupted) break;
    const Result<World> measured =
        run_world(scenarios[i], options, real_runner({testbed, file, options.flags.set}), interrupt);
    if (!measured && !interrupt.interrupted()) return about_file(measured.error());
    if (!measured || measured.value().execution.interrupted) break;
    const std::string name = fresh_name(std::filesystem::path(file).stem().string(), names);
    keep(scenarios[i], name, predicted.value(), measured.value(), findings);
  }
  findings.interrupted = interrupt.interrupted();
  return std::nullopt;
}

std::optional<Error> write(const OutputFolder& folder, const Findings& findings,
                           const Calibration& calibration) {
  std::vector<std::pair<std::string, std::string>> files = findings.call_logs;
  const auto document = fidelity_document(findings.scenarios, findings.calibration_warnings);
  files.emplace_back("fidelity.json", document.dump(2) + "\n");
  files.emplace_back("fidelity.svg", quantile_plot(findings.panels));
  files.emplace_back("calibration.json", calibration.text);
  for (const auto& [name, text] : files) {
    if (const Result<bool> written = folder.write(name, text); !written) return written.error();
  }
  return std::nullopt;
}

Result<std::vector<Scenario>> load_all(const FidelityOptions& options) {
  std::vector<Scenario> scenarios;
  for (const std::string& file : options.files) {
    Result<Scenario> scenario = load_with_flags(file, options.flags);
    if (!scenario) return scenario.error();
    if (!std::holds_alternative<NativeNetwork>(scenario.value().network)) {
      return Error{fmt::format("{}: $.network: the native network alone can be played for real", file)};
    }
    scenarios.push_back(std::move(scenario).value());
  }
  return scenarios;
}

int fidelity(const FidelityOptions& options) {
  Result<std::vector<Scenario>> scenarios = load_all(options);
  if (!scenarios) return bad_input(scenarios.error().message);
  const Result<std::string> testbed = find_sibling("testbed");
  if (!testbed) return bad_input("fidelity: " + testbed.error().message);
  std::optional<OutputFolder> folder;
  if (!options.out.empty()) {
    Result<OutputFolder> prepared = OutputFolder::prepare(options.out);
    if (!prepared) return bad_input(prepared.error().message);
    folder = std::move(prepared).value();
  }
  announce_wall_time(scenarios.value());
  const InterruptListener interrupt;
  const Result<Calibration> calibration = options.calibration.empty()
                                              ? measure_calibration(testbed.value(), interrupt)
                                              : load_calibration(options.calibration);
  if (!calibration) {
    const int status = bad_input(calibration.error().message);
    return interrupt.interrupted() ? kInterrupted : status;
  }
  for (Scenario& scenario : scenarios.value()) scenario.overheads = calibration.value().overheads;

  Findings findings;
  findings.calibration_warnings = calibration.value().warnings;
  const auto error = compare_worlds(scenarios.value(), options, testbed.value(), interrupt, findings);
  if (error) return bad_input(error->message);
  if (options.calibration.empty() && findings.scenarios.size() > 1 && !findings.interrupted) {
    const Result<Calibration> after = measure_calibration(testbed.value(), interrupt);
    const std::optional<std::string> warning =
        after ? drift(calibration.value(), after.value()) : "it was measured before alone: " + after.error().message;
    if (warning) findings.calibration_warnings.push_back(*warning);
    if (after) {
      for (const std::string& what : after.value().warnings) {
        findings.calibration_warnings.push_back("after the scenarios: " + what);
      }
    }
    findings.interrupted = interrupt.interrupted();
  }
  if (findings.scenarios.empty()) return bad_input("interrupted: nothing to compare yet"), kInterrupted;
  if (options.flags.json) {
    fmt::print("{}\n", fidelity_document(findings.scenarios, findings.calibration_warnings).dump(2));
  } else {
    fmt::print("{}", fidelity_report(findings.scenarios, findings.calibration_warnings, {}, Paint::for_stdout(),
                                     stdout_width()));
  }
  if (folder) {
    const auto problem = write(*folder, findings, calibration.value());
    if (problem) return bad_input(problem->message);
  }
  if (findings.interrupted) return kInterrupted;
  const bool ok = std::all_of(findings.scenarios.begin(), findings.scenarios.end(),
                              [](const ScenarioFidelity& scenario) { return scenario.ok(); });
  return ok ? 0 : kExpectationFailed;
}

}  // namespace

void add_fidelity_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<FidelityOptions>();
  CLI::App* command = app.add_subcommand(
      "fidelity", "Simulate scenarios, play them for real, and tell how far the prediction was off");
  command->add_option("FILE", options->files, "Scenario files")->required()->option_text("...");
  command
      ->add_option("--calibration", options->calibration,
                   "What this machine adds, from meshtwin calibrate (default: measured at the start)")
      ->check(not_empty("a file"))
      ->option_text("FILE");
  command
      ->add_option("--out", options->out,
                   "Folder for fidelity.json, the plot fidelity.svg, the calibration and the calls as CSV")
      ->check(not_empty("a folder"))
      ->option_text("DIR");
  add_run_flags(*command, options->flags);
  command->footer(
      "Both worlds have the same seed: the same arrivals and the same service demands, call by call. The\n"
      "simulator adds what the calibration says of this machine; nothing is fitted to the runs compared. Of\n"
      "several scenarios it is measured again at the end, to tell whether the machine was the same all along.\n"
      "\"off\" is the prediction's error: of latencies in percent, of the success rate and of the share of\n"
      "the endpoint where it differs most in points. A scenario takes its own time to play.\n"
      "Exit status: 0 all within the bounds, 1 something beyond them, 2 bad input, 130 interrupted.\n\n"
      "Example: meshtwin fidelity scenarios/fidelity/*.json --out fidelity");
  command->callback([options, &exit_code] { exit_code = fidelity(*options); });
}

}  // namespace meshtwin
