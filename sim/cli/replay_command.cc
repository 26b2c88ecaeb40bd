// `meshtwin replay`: feeds recorded journals to the same core and compares its decisions.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/journal/replay.h"
#include "policies/catalog.h"
#include "sim/cli/arguments.h"
#include "sim/cli/commands.h"
#include "sim/cli/files.h"
#include "sim/cli/journal_files.h"
#include "sim/cli/progress.h"
#include "sim/cli/replay_report.h"

namespace meshtwin {
namespace {

struct ReplayOptions {
  std::vector<std::string> paths;
  std::string policy;
  bool json = false;
};

std::uint64_t bytes_of(const JournalFiles& journals) {
  std::uint64_t bytes = 0;
  for (const WorkerJournal& worker : journals.workers) {
    for (const JournalFile& file : worker.files) bytes += file.bytes;
  }
  return bytes;
}

// Shows the progress now and then; a look at the clock for each frame would be too much.
class ReadProgress {
 public:
  explicit ReadProgress(std::uint64_t whole) : line_("replay"), whole_(static_cast<double>(whole)) {}
  void add(std::size_t bytes) {
    constexpr std::uint64_t kStep = std::uint64_t{4} << 20;
    done_ += bytes;
    if (done_ < next_) return;
    next_ = done_ + kStep;
    line_.show(static_cast<double>(done_) / whole_);
  }

 private:
  ProgressLine line_;
  double whole_;
  std::uint64_t done_ = 0;
  std::uint64_t next_ = 0;
};

// What is wrong with the file, if anything is. The worker's last one may end anywhere: it was being written.
std::optional<std::string> replay_file(const JournalFile& file, bool is_last, Replayer& replayer,
                                       ReadProgress& progress) {
  FileSource source(file.path, [&](std::size_t bytes) { progress.add(bytes); });
  if (!source.ok()) return "it can't be read";
  const Result<bool> done = replayer.replay(source);
  if (!done) return done.error().message;
  if (is_last || !replayer.torn_at()) return std::nullopt;
  return fmt::format("offset {}: its end is missing, though a later segment of the worker is there",
                     *replayer.torn_at());
}

ReplayReport replay_worker(const WorkerJournal& worker, ReplaySummary& summary, ReadProgress& progress) {
  std::optional<PolicyConfig> other;
  if (summary.other) other = summary.other->config;
  Replayer replayer(make_policy_parts, std::move(other));
  for (const JournalFile& file : worker.files) {
    const bool is_last = &file == &worker.files.back();
    const std::optional<std::string> problem = replay_file(file, is_last, replayer, progress);
    if (problem) summary.damaged.push_back({file.path, *problem});
    if (replayer.report().first && summary.first_file.empty()) summary.first_file = file.path;
  }
  return replayer.report();
}

int replay(const ReplayOptions& options) {
  ReplaySummary summary;
  if (!options.policy.empty()) {
    Result<ServicePolicy> policy = load_policy(options.policy);
    if (!policy) return bad_input(policy.error().message);
    summary.other = std::move(policy).value();
    summary.other_file = options.policy;
  }
  const Result<JournalFiles> journals = find_journals(options.paths);
  if (!journals) return bad_input(journals.error().message);
  summary.unfinished = journals.value().unfinished;
  summary.damaged = journals.value().damaged;
  const auto began = std::chrono::steady_clock::now();
  {
    ReadProgress progress(bytes_of(journals.value()));
    for (const WorkerJournal& worker : journals.value().workers) {
      summary.workers.push_back(replay_worker(worker, summary, progress));
    }
  }
  if (summary.segments() == 0) {
    return bad_input(fmt::format("{}: {}", summary.damaged.front().path, summary.damaged.front().problem));
  }
  summary.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (options.json) {
    fmt::print("{}\n", replay_document(summary).dump(2));
  } else {
    fmt::print("{}", report(summary, Paint::for_stdout(), stdout_width()));
  }
  return summary.divergences() > 0 || !summary.whole() ? kExpectationFailed : 0;
}

}  // namespace

void add_replay_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* command =
      app.add_subcommand("replay", "Replay a proxy's journal through the same core, decision by decision");
  command->add_option("FILE", options->paths, "Journal files, or folders of them")
      ->required()
      ->option_text("...");
  command
      ->add_option("--policy", options->policy,
                   "Also ask this policy's balancer at each recorded pick where it would have gone")
      ->check(not_empty("a policy file"))
      ->option_text("FILE");
  command->add_flag("--json", options->json, "Print the result document alone, as JSON");
  command->footer(
      "The files of each worker are taken in the order of their segments, which begin with a checkpoint: any "
      "of them\n"
      "can be replayed alone.\n"
      "A damaged file is replayed up to the damage, and the worker's next one from its checkpoint on. A gap, "
      "for which\n"
      "the proxy had no room, and an end that a crash tore off are told and are no damage.\n"
      "--policy compares decisions on recorded states: active requests are those that the recorded policy "
      "led to.\n"
      "Exit status: 0 no divergence, 1 a decision came out otherwise, or a part of the journal is damaged or "
      "missing,\n"
      "2 bad input: nothing is whole.\n\n"
      "Example: meshtwin replay journal --policy scenarios/policies/round-robin.json");
  command->callback([options, &exit_code] { exit_code = replay(*options); });
}

}  // namespace meshtwin
