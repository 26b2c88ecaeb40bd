#include "sim/cli/run_flags.h"

#include <limits>

#include <fmt/format.h>

#include "sim/cli/arguments.h"
#include "sim/cli/files.h"

namespace meshtwin {

void add_run_flags(CLI::App& command, RunFlags& flags) {
  command.add_option("--seed", flags.seed, "Seed of the first replication, in place of the file's")
      ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->option_text("N");
  command
      .add_option("--replications", flags.replications, "Independent runs, whose spread gives the intervals")
      ->check(whole_number(1, 100'000))
      ->option_text("N");
  command
      .add_option("--set", flags.set,
                  "Change a value of the file first, e.g. services.checkout.instances=5; may be repeated")
      ->allow_extra_args(false)
      ->option_text("PATH=VALUE");
  command.add_option("--threads", flags.threads, "Runs at the same time (default: one for each processor)")
      ->check(whole_number(1, 1024))
      ->option_text("N");
  command.add_flag("--json", flags.json, "Print the result document alone, as JSON");
}

Result<Scenario> load_with_flags(const std::string& path, const RunFlags& flags) {
  Result<Scenario> scenario = load_scenario(path, flags.set);
  if (!scenario) return scenario;
  if (flags.seed) scenario.value().seed = *flags.seed;
  if (flags.replications) scenario.value().replications = *flags.replications;
  return scenario;
}

}  // namespace meshtwin
