// The folder that --out names: checked before a run, written after it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/cli/execute.h"

namespace meshtwin {

class OutputFolder {
 public:
  // Makes the folder where it is missing and tries to write into it; the error says why that can't be done.
  static Result<OutputFolder> prepare(const std::filesystem::path& path);

  // Replaces a file whole, or leaves it as it was and says why.
  Result<bool> write(const std::string& name, std::string_view text) const;
  // result.json; series.json and .csv; endpoints.csv; histogram.json and .csv.
  Result<bool> write_execution(const Execution& execution) const;

 private:
  explicit OutputFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace meshtwin
