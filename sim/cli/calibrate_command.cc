// `meshtwin calibrate`: what this machine adds, measured by meshtwin-testbed.
#include <memory>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "sim/cli/arguments.h"
#include "sim/cli/commands.h"
#include "sim/cli/sibling.h"

namespace meshtwin {
namespace {

// Returns only where the testbed can't take this program's place.
int calibrate(const std::string& out) {
  std::fflush(stdout);
  const Result<std::string> testbed = find_sibling("testbed");
  if (!testbed) return bad_input("calibrate: " + testbed.error().message);
  const char* const program = testbed.value().c_str();
  execl(program, "meshtwin-testbed", "calibrate", "--out", out.c_str(), static_cast<char*>(nullptr));
  return bad_input(fmt::format("calibrate: {} can't be started", testbed.value()));
}

}  // namespace

void add_calibrate_command(CLI::App& app, int& exit_code) {
  auto out = std::make_shared<std::string>("calibration.json");
  CLI::App* command =
      app.add_subcommand("calibrate", "Measure what this machine adds to requests, answers and timers");
  command->add_option("--out", *out, "The file to write (default: calibration.json)")
      ->check(not_empty("a file"))
      ->option_text("FILE");
  command->footer(
      "Scenarios take the file as their \"overheads\", and so does meshtwin fidelity. Measure on an idle\n"
      "machine; it takes a few seconds.\n\n"
      "Example: meshtwin calibrate --out this-machine.json");
  command->callback([out, &exit_code] { exit_code = calibrate(*out); });
}

}  // namespace meshtwin
