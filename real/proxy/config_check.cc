#include "real/proxy/config_check.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/config/wording.h"
#include "real/net/address.h"
#include "real/net/fd.h"
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

// Whether one of this machine's interfaces has it. The port is left alone: it may be another proxy's that
// runs with this configuration, and nobody is to find it taken.
Result<bool> check_address(const Address& address, const std::string& place) {
  const Address any_port = address.with_port(0);
  const Fd fd(::socket(any_port.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.valid() && ::bind(fd.get(), any_port.data(), any_port.size()) == 0) return true;
  return Error{fmt::format("{}: {} can't be listened on ({}); give an address of this machine (ip address)",
                           place, address.text(), std::strerror(errno))};
}

Result<bool> check_addresses(const ProxyConfig& config, const std::string& file) {
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const auto usable =
        check_address(config.listeners[i].address, fmt::format("{}: $.listeners[{}].address", file, i));
    if (!usable) return usable.error();
  }
  if (config.admin) return check_address(config.admin->address, file + ": $.admin.address");
  return true;
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
  const Result<bool> addresses = check_addresses(config, file);
  if (!addresses) return addresses.error();
  return fmt::format(
      "{}: good: {} with {}, {} and {}; version {}", file, config.name,
      fmt::format("{} listener{}", config.listeners.size(), config.listeners.size() == 1 ? "" : "s"),
      fmt::format("{} upstream{}", config.upstreams.size(), config.upstreams.size() == 1 ? "" : "s"),
      fmt::format("{} worker{}", config.workers, config.workers == 1 ? "" : "s"),
      config.version.substr(0, 8));
}

}  // namespace meshtwin
