#include "sim/cli/run_flags.h"

#include "sim/cli/files.h"

namespace meshtwin {

void add_run_flags(CLI::App& command, RunFlags& flags) {
  command.add_option("--seed", flags.seed, "Seed of the first replication, in place of the file's");
  command
      .add_option("--replications", flags.replications, "Independent runs, whose spread gives the intervals")
      ->check(CLI::Range(1, 100000));
  command
      .add_option("--set", flags.set, "Change a value of the file first, e.g. services.checkout.instances=5")
      ->type_name("PATH=VALUE");
  command.add_option("--threads", flags.threads, "Runs at the same time (default: one for each processor)")
      ->check(CLI::Range(1, 1024));
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
