#include "sim/cli/calibration.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/config/calibration.h"
#include "core/config/json_fwd.h"
#include "core/config/units.h"
#include "sim/cli/files.h"
#include "sim/cli/progress.h"
#include "sim/run/child_program.h"
#include "sim/run/scratch_folder.h"

namespace meshtwin {
namespace {

Result<Calibration> parsed(std::string text, const std::string& file) {
  const Result<Overheads> overheads = parse_calibration(text, file);
  if (!overheads) return overheads.error();
  Calibration out{std::move(text), overheads.value(), std::nullopt, {}};
  const Json json = Json::parse(out.text, nullptr, false);
  if (const auto p50 = json.find("added_p50"); p50 != json.end() && p50->is_string()) {
    if (const Result<Duration> added = parse_duration(p50->get<std::string>())) out.added_p50 = added.value();
  }
  if (const auto list = json.find("warnings"); list != json.end() && list->is_array()) {
    for (const Json& warning : *list) {
      if (warning.is_string()) out.warnings.push_back(warning.get<std::string>());
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> drift(const Calibration& before, const Calibration& after) {
  constexpr Duration kNoise = std::chrono::microseconds(50);
  if (!before.added_p50 || !after.added_p50) return std::nullopt;
  const auto [less, more] = std::minmax(*before.added_p50, *after.added_p50);
  if (more <= less + std::max(less / 4, kNoise)) return std::nullopt;
  return fmt::format(
      "the median call took {} more than its service time when the machine was measured before the scenarios, and {} "
      "after them; repeat this on an idle machine",
      format_duration(*before.added_p50), format_duration(*after.added_p50));
}

Result<Calibration> load_calibration(const std::string& path) {
  Result<std::string> text = read_file(path);
  if (!text) return text.error();
  return parsed(std::move(text).value(), path);
}

Result<Calibration> measure_calibration(const std::string& testbed, const InterruptListener& interrupt) {
  const ScratchFolder folder;
  if (!folder.ok()) return Error{"no folder for temporary files can be made; see TMPDIR"};
  const std::string file = (folder / "calibration.json").string();
  Result<ChildProgram> program = ChildProgram::start({testbed, "calibrate", "--out", file});
  if (!program) return program.error();
  ProgressLine progress("calibrating");
  double share = 0;
  const auto on_line = [&](std::string_view line) {
    if (line.starts_with("progress ")) std::from_chars(line.data() + 9, line.data() + line.size(), share);
  };
  while (!program.value().wait(std::chrono::milliseconds(100), on_line)) {
    progress.show(share);
    if (interrupt.interrupted()) return Error{"interrupted before this machine was measured"};
  }
  progress.clear();
  if (interrupt.interrupted()) return Error{"interrupted before this machine was measured"};
  if (program.value().exit_status() != 0) {
    return Error{fmt::format("the calibration failed with status {}: {}", program.value().exit_status(),
                             program.value().last_error())};
  }
  Result<std::string> text = read_file(file);
  if (!text) return Error{"the calibration left no file"};
  return parsed(std::move(text).value(), "calibration");
}

}  // namespace meshtwin
