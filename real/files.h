// Files that users name, and those that a run needs for a while.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/result.h"

namespace meshtwin {

// A file's content; the error names the file and the reason.
Result<std::string> read_file(const std::filesystem::path& path);
// Replaces the file's content; the same of errors.
Result<bool> write_file(const std::filesystem::path& path, const std::string& text);

// A scenario with all that it names; `overrides` are `path=value` texts that change it first.
Result<Scenario> read_scenario(const std::string& path, const std::vector<std::string>& overrides);

// A folder for a while, taken away with all that it holds.
class ScratchFolder {
 public:
  static Result<ScratchFolder> make();
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  explicit ScratchFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace meshtwin
