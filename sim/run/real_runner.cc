#include "sim/run/real_runner.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "core/results/replication_codec.h"
#include "sim/run/child_program.h"
#include "sim/run/scratch_folder.h"

namespace meshtwin {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick(100);
constexpr std::chrono::seconds kPatience(15);  // with a testbed that was asked to end
constexpr int kRefused = 2;
constexpr int kInterrupted = 130;

std::optional<std::string> content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

// The share of a line `progress 0.42`.
std::optional<double> progress_in(std::string_view line) {
  constexpr std::string_view kWord = "progress ";
  if (!line.starts_with(kWord)) return std::nullopt;
  line.remove_prefix(kWord.size());
  double share = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), share);
  if (error != std::errc{} || !(share >= 0)) return std::nullopt;
  return std::min(share, 1.0);
}

std::string without_prefix(std::string text, const std::string& prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

class RealReplication {
 public:
  RealReplication(const RealPlay& play, const Scenario& scenario, RunMonitor& monitor, RunControl& control)
      : play_(play), scenario_(scenario), monitor_(monitor), control_(control) {}

  // Nothing where a stop came before there was any result.
  Result<std::optional<Replication>> run(std::uint64_t seed, CallLog* calls) {
    if (!folder_.ok()) return Error{"no folder for temporary files can be made; see TMPDIR"};
    std::vector<std::string> command = {play_.program, "play", play_.file};
    for (const std::string& change : play_.set) command.insert(command.end(), {"--set", change});
    const std::string result = (folder_ / "result").string();
    command.insert(command.end(), {"--seed", std::to_string(seed), "--result", result});
    if (calls != nullptr) command.insert(command.end(), {"--calls", (folder_ / "calls").string()});
    Result<ChildProgram> testbed = ChildProgram::start(command);
    if (!testbed) return testbed.error();
    if (const auto error = wait_for(testbed.value())) return *error;
    const int status = testbed.value().exit_status();
    if (status != 0 && status != kInterrupted) return failure_of(testbed.value());
    return collect(status == kInterrupted, calls);
  }

 private:
  std::optional<Error> wait_for(ChildProgram& testbed) {
    std::optional<Clock::time_point> asked;
    const auto on_line = [&](std::string_view line) {
      if (const auto share = progress_in(line)) {
        control_.simulated_ns = std::int64_t(*share * double(scenario_.duration.count()));
      }
    };
    Clock::time_point next_tick = Clock::now() + kTick;
    while (!testbed.wait(kTick, on_line)) {
      if (Clock::now() >= next_tick) {
        monitor_.tick();
        next_tick = Clock::now() + kTick;
      }
      if (control_.stop && !asked) {
        testbed.interrupt();
        asked = Clock::now();
      }
      if (asked && Clock::now() - *asked > kPatience) {
        testbed.kill();
        return Error{"meshtwin-testbed didn't end when asked to, and was killed"};
      }
    }
    return std::nullopt;
  }

  Error failure_of(const ChildProgram& testbed) const {
    std::string said = without_prefix(testbed.last_error(), "meshtwin-testbed: ");
    said = without_prefix(std::move(said), play_.file + ": ");
    if (testbed.exit_status() == kRefused && !said.empty()) return Error{said};
    return Error{fmt::format("meshtwin-testbed failed with status {}{}{}", testbed.exit_status(),
                             said.empty() ? "" : ": ", said)};
  }

  Result<std::optional<Replication>> collect(bool interrupted, CallLog* calls) const {
    const std::optional<std::string> bytes = content_of(folder_ / "result");
    if (!bytes && interrupted) return std::optional<Replication>();
    if (!bytes) return Error{"meshtwin-testbed left no result"};
    Result<Replication> replication = decode(*bytes);
    if (!replication) return replication.error();
    if (replication.value().services.size() != scenario_.services.size()) {
      return Error{"the result of meshtwin-testbed is of another scenario"};
    }
    if (calls != nullptr && !interrupted) {
      Result<CallLog> log = decode_call_log(content_of(folder_ / "calls").value_or(""));
      if (!log) return log.error();
      *calls = std::move(log).value();
    }
    return std::optional(std::move(replication).value());
  }

  const RealPlay& play_;
  const Scenario& scenario_;
  RunMonitor& monitor_;
  RunControl& control_;
  ScratchFolder folder_;
};

}  // namespace

Runner real_runner(RealPlay play) {
  return [play = std::move(play)](const Scenario& scenario, const RunPlan& plan,
                                  RunMonitor& monitor) -> Result<std::vector<Replication>> {
    std::vector<Replication> finished;
    if (plan.call_logs != nullptr) plan.call_logs->resize(plan.seeds.size());
    for (std::size_t i = 0; i < plan.seeds.size() && !monitor.stopped(); ++i) {
      RealReplication replication(play, scenario, monitor, monitor.control(i));
      CallLog* const calls = plan.call_logs != nullptr ? &(*plan.call_logs)[i] : nullptr;
      Result<std::optional<Replication>> result = replication.run(plan.seeds[i], calls);
      if (!result) return result.error();
      if (!result.value()) continue;
      result.value()->on = "real";
      finished.push_back(*std::move(result).value());
    }
    return finished;
  };
}

}  // namespace meshtwin
