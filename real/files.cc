#include "real/files.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "core/config/scenario_file.h"

namespace meshtwin {
namespace {

namespace fs = std::filesystem;

// The reason alone, for messages that name the file themselves.
Result<std::string> read_or_reason(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return Error{"it is a folder, not a file"};
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{errno == ENOENT ? "no such file" : std::strerror(errno)};
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) return Error{"it can't be read"};
  return text;
}

}  // namespace

Result<std::string> read_file(const fs::path& path) {
  Result<std::string> text = read_or_reason(path);
  if (!text) return Error{fmt::format("{}: {}", path.string(), text.error().message)};
  return text;
}

Result<bool> write_file(const fs::path& path, const std::string& text) {
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return Error{fmt::format("{}: it can't be written: {}", path.string(), std::strerror(errno))};
  return true;
}

Result<Scenario> read_scenario(const std::string& path, const std::vector<std::string>& overrides) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  const fs::path folder = fs::path(path).parent_path();
  const FileLoader load = [&](const std::string& name) { return read_or_reason(folder / name); };
  return parse_scenario(text.value(), path, load, overrides);
}

Result<ScratchFolder> ScratchFolder::make() {
  std::error_code error;
  std::string name = (fs::temp_directory_path(error) / "meshtwin-XXXXXX").string();
  if (error || ::mkdtemp(name.data()) == nullptr) {
    return Error{fmt::format("{}: no folder can be made there: {}", name, std::strerror(errno))};
  }
  return ScratchFolder(name);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace meshtwin
