// `meshtwin-testbed calibrate`: what this machine adds, into a file.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/config/units.h"
#include "real/files.h"
#include "real/testbed/calibration_file.h"
#include "real/testbed/calibration_samples.h"
#include "real/testbed/commands.h"
#include "real/testbed/measurement.h"
#include "real/testbed/play_run.h"

namespace meshtwin {
namespace {

struct CalibrateFlags {
  std::string out;
  std::string proxy;
};

// Up to three times, as long as something disturbs the machine; the one in which the least was added.
Result<PlayedRun> quietest_run(const Scenario& scenario, const PlayOptions& options) {
  constexpr int kTries = 3;
  Result<PlayedRun> quietest = play_for_real(scenario, options);
  for (int tries = 1;; ++tries) {
    if (!quietest || quietest.value().interrupted) return quietest;
    const auto samples = calibration_samples(scenario, quietest.value());
    const auto disturbed = disturbance(scenario, samples);
    if (!disturbed || tries == kTries) return quietest;
    fmt::print("{}: once more\n", *disturbed);
    Result<PlayedRun> next = play_for_real(scenario, options);
    if (!next) return quietest;
    if (next.value().interrupted) return next;
    const auto next_samples = calibration_samples(scenario, next.value());
    if (!next_samples.empty() && !disturbance(scenario, next_samples)) return next;
    if (median_added(next_samples) < median_added(samples)) quietest = std::move(next);
  }
}

int calibrate(const CalibrateFlags& flags) {
  const Scenario scenario = calibration_scenario();
  PlayOptions options;
  options.proxy = flags.proxy.empty() ? proxy_program() : std::filesystem::path(flags.proxy);
  const Result<PlayedRun> run = quietest_run(scenario, options);
  if (!run) return bad_input(run.error().message);
  if (run.value().interrupted) return kInterrupted;
  if (const auto what = disturbance(scenario, calibration_samples(scenario, run.value()))) fmt::print("{}\n", *what);
  if (calibration_samples(scenario, run.value()).empty()) {
    return bad_input("calibrate: no call was measured; give --proxy a meshtwin-proxy of this version");
  }
  const std::string text = calibration_text(scenario, run.value(), facts_of_this_machine());
  if (const auto written = write_file(flags.out, text); !written) return bad_input(written.error().message);
  fmt::print("{} calls measured; written to {}\n", run.value().generator.calls.size(), flags.out);
  for (const std::string& warning : replication_of(scenario, run.value()).warnings)
    fmt::print("{}\n", warning);
  return 0;
}

}  // namespace

void add_calibrate_command(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<CalibrateFlags>();
  CLI::App* command = app.add_subcommand(
      "calibrate", "Measure what this machine adds to requests, answers and timers, in 12 s; up to\n"
                   "three times that where something disturbs it");
  command->add_option("--out", flags->out, "The file to write, which scenarios take as their \"overheads\"")
      ->required()
      ->option_text("FILE");
  command->add_option("--proxy", flags->proxy, "The proxy (default: meshtwin-proxy beside this program)")
      ->option_text("PROGRAM");
  command->footer("Example: meshtwin-testbed calibrate --out this-machine.json");
  command->callback([flags, &exit_code] { exit_code = calibrate(*flags); });
}

}  // namespace meshtwin
