#include "sim/cli/output_folder.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "core/results/document.h"
#include "core/results/export.h"

namespace meshtwin {

namespace fs = std::filesystem;

Result<OutputFolder> OutputFolder::prepare(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path)) {
    const std::string why = error ? error.message() : "it is not a folder";
    return Error{fmt::format("--out {}: {}; name a folder that can be written to", path.string(), why)};
  }
  OutputFolder folder(path);
  const std::string probe = fmt::format(".meshtwin-{}", getpid());
  if (const auto written = folder.write(probe, ""); !written) {
    return Error{fmt::format("--out {}; name a folder that can be written to", written.error().message)};
  }
  fs::remove(path / probe, error);
  return folder;
}

Result<bool> OutputFolder::write(const std::string& name, std::string_view text) const {
  const fs::path target = path_ / name;
  const fs::path fresh = path_ / fmt::format("{}.{}.new", name, getpid());
  errno = 0;
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code error;
  if (!out) {
    const std::string why = std::strerror(errno);
    fs::remove(fresh, error);
    return Error{fmt::format("{}: {}", target.string(), why)};
  }
  fs::rename(fresh, target, error);
  if (error) return Error{fmt::format("{}: {}", target.string(), error.message())};
  return true;
}

Result<bool> OutputFolder::write_execution(const Execution& execution) const {
  const struct {
    const char* name;
    std::string text;
  } files[] = {
      {"result.json", result_document(execution.result).dump(2) + "\n"},
      {"series.json", series_document(execution.result, execution.replications).dump() + "\n"},
      {"series.csv", series_csv(execution.result, execution.replications)},
      {"endpoints.csv", endpoints_csv(execution.result, execution.replications)},
      {"histogram.json", histogram_document(execution.result).dump() + "\n"},
      {"histogram.csv", histogram_csv(execution.result)},
  };
  for (const auto& file : files) {
    if (auto written = write(file.name, file.text); !written) return written;
  }
  return true;
}

}  // namespace meshtwin
