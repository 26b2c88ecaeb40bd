#include "real/proxy/config_check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/config/wording.h"
#include "real/proxy/config_file.h"

namespace meshtwin {
namespace {

// Why files can't be made in `folder`; empty where they can.
std::string folder_problem(const std::string& folder) {
  const std::string path = folder.empty() ? "." : folder;
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::strerror(errno);
  if (!S_ISDIR(status.st_mode)) return "it is no folder";
  return access(path.c_str(), W_OK | X_OK) == 0 ? "" : std::strerror(errno);
}

Result<bool> check_named(const ProxyConfig& config, const std::string& file) {
  for (const UpstreamConfig& upstream : config.upstreams) {
    if (const auto* list = std::get_if<FileDiscovery>(&upstream.discovery)) {
      const auto endpoints = load_endpoints(list->path);
      if (!endpoints) return endpoints.error();
    }
  }
  if (config.journal) {
    const std::string problem = folder_problem(config.journal->folder);
    if (!problem.empty()) {
      return Error{
          fmt::format("{}: $.journal.folder: {} can't be written to ({}); make it, or name another one", file,
                      in_quotes(config.journal->folder), problem)};
    }
  }
  if (config.access_log && config.access_log->path != "-") {
    const std::string problem = folder_problem(folder_of(config.access_log->path));
    if (!problem.empty()) {
      return Error{
          fmt::format("{}: $.access_log.path: {} can't be written ({}); make its folder, or name another one",
                      file, in_quotes(config.access_log->path), problem)};
    }
  }
  return true;
}

}  // namespace

Result<std::string> check_proxy_config(const std::string& file) {
  const Result<ProxyConfigPtr> read = load_proxy_config(file);
  if (!read) return read.error();
  const ProxyConfig& config = *read.value();
  const Result<bool> named = check_named(config, file);
  if (!named) return named.error();
  return fmt::format(
      "{}: good: {} with {}, {} and {}; version {}", file, config.name,
      fmt::format("{} listener{}", config.listeners.size(), config.listeners.size() == 1 ? "" : "s"),
      fmt::format("{} upstream{}", config.upstreams.size(), config.upstreams.size() == 1 ? "" : "s"),
      fmt::format("{} worker{}", config.workers, config.workers == 1 ? "" : "s"),
      config.version.substr(0, 8));
}

}  // namespace meshtwin
