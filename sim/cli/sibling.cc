#include "sim/cli/sibling.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace meshtwin {

std::string sibling_path(const std::string& name) {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  return (here / ("meshtwin-" + name)).string();
}

Result<std::string> find_sibling(const std::string& name) {
  const std::string path = sibling_path(name);
  if (access(path.c_str(), X_OK) == 0) return path;
  return Error{fmt::format("{} is missing, the program that plays scenarios for real; build all of meshtwin",
                           path)};
}

}  // namespace meshtwin
