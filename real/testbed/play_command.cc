// `meshtwin-testbed play`: one replication of a scenario for real, into a file.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "core/results/call_log.h"
#include "core/results/replication_codec.h"
#include "real/files.h"
#include "real/testbed/commands.h"
#include "real/testbed/measurement.h"
#include "real/testbed/play_run.h"
#include "real/testbed/playable.h"

namespace meshtwin {

int bad_input(const std::string& message) {
  fmt::print(stderr, "meshtwin-testbed: {}\n", message);
  return kBadInput;
}

std::filesystem::path proxy_program() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "meshtwin-proxy";
}

namespace {

struct PlayFlags {
  std::string file;
  std::vector<std::string> set;
  std::optional<std::uint64_t> seed;
  std::string result;
  std::string calls;
  std::string proxy;
};

void show_progress(double share) {
  fmt::print("progress {:.3f}\n", share);
  std::fflush(stdout);
}

int play(const PlayFlags& flags) {
  Result<Scenario> scenario = read_scenario(flags.file, flags.set);
  if (!scenario) return bad_input(scenario.error().message);
  if (const auto playable = check_playable(scenario.value(), flags.file); !playable) {
    return bad_input(playable.error().message);
  }
  PlayOptions options;
  options.seed = flags.seed.value_or(scenario.value().seed);
  options.proxy = flags.proxy.empty() ? proxy_program() : std::filesystem::path(flags.proxy);
  options.on_progress = show_progress;
  const Result<PlayedRun> run = play_for_real(scenario.value(), options);
  if (!run) return bad_input(run.error().message);
  if (run.value().interrupted && run.value().generator.calls.empty()) return kInterrupted;
  const auto written = write_file(flags.result, encode(replication_of(scenario.value(), run.value())));
  if (!written) return bad_input(written.error().message);
  if (!flags.calls.empty()) {
    const auto logged = write_file(flags.calls, encode_call_log(call_log_of(scenario.value(), run.value())));
    if (!logged) return bad_input(logged.error().message);
  }
  return run.value().interrupted ? kInterrupted : 0;
}

}  // namespace

void add_play_command(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<PlayFlags>();
  CLI::App* command =
      app.add_subcommand("play", "Play a scenario once, in its own time; meshtwin run --on real does it");
  command->add_option("SCENARIO", flags->file, "The scenario")->required()->option_text("FILE");
  command->add_option("--set", flags->set, "Change a value first; may be repeated")
      ->allow_extra_args(false)
      ->option_text("PATH=VALUE");
  command->add_option("--seed", flags->seed, "Seed of the run, in place of the file's")->option_text("N");
  command
      ->add_option("--result", flags->result,
                   "Where the result goes, in the form in which processes of one build\nexchange it")
      ->required()
      ->option_text("FILE");
  command->add_option("--calls", flags->calls, "Where a log of each call goes, as CSV")->option_text("FILE");
  command->add_option("--proxy", flags->proxy, "The proxy (default: meshtwin-proxy beside this program)")
      ->option_text("PROGRAM");
  command->callback([flags, &exit_code] { exit_code = play(*flags); });
}

}  // namespace meshtwin
