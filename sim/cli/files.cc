#include "sim/cli/files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/config/json_document.h"
#include "core/config/policy_file.h"
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
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return Error{"it can't be read"};
  return std::move(text).str();
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  Result<std::string> text = read_or_reason(path);
  if (!text) return Error{fmt::format("{}: {}", path, text.error().message)};
  return text;
}

Result<Scenario> load_scenario(const std::string& path, const std::vector<std::string>& overrides) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  const fs::path folder = fs::path(path).parent_path();
  const FileLoader load = [&](const std::string& name) { return read_or_reason(folder / name); };
  Result<Scenario> scenario = parse_scenario(text.value(), path, load, overrides);
  if (!scenario && parse_policy(text.value(), path)) {
    return Error{fmt::format(
        "{}: this is a policy; name it under \"policies\" of a scenario, or see meshtwin compare --help",
        path)};
  }
  if (!scenario) return scenario;
  // The file of a platform is read again when it is used.
  auto* network = std::get_if<SimgridNetwork>(&scenario.value().network);
  if (network != nullptr && !network->platform_file.empty()) {
    network->platform_file = (folder / network->platform_file).string();
  }
  return scenario;
}

Result<ServicePolicy> load_policy(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  Result<PolicyConfig> policy = parse_policy(text.value(), path);
  if (!policy) return policy.error();
  return ServicePolicy{policy.value(), policy_sha256(policy.value())};
}

Result<bool> is_scenario_file(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  const Result<Json> json = parse_json(text.value(), path);
  if (!json) return json.error();
  return json.value().is_object() && (json.value().contains("services") || json.value().contains("extends"));
}

}  // namespace meshtwin
