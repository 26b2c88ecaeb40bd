#include "sim/cli/calibration.h"

#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/config/calibration.h"
#include "sim/cli/files.h"
#include "sim/cli/progress.h"
#include "sim/run/child_program.h"
#include "sim/run/scratch_folder.h"

namespace meshtwin {
namespace {

Result<Calibration> parsed(std::string text, const std::string& file) {
  const Result<Overheads> overheads = parse_calibration(text, file);
  if (!overheads) return overheads.error();
  return Calibration{std::move(text), overheads.value()};
}

}  // namespace

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
