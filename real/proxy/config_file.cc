#include "real/proxy/config_file.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include <fmt/format.h>

#include "core/config/digest.h"
#include "core/config/json_document.h"
#include "core/config/policy_reader.h"
#include "real/proxy/config_readers.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kMaxWorkers = 64;
constexpr std::uint32_t kMaxDecisions = 100'000;
constexpr std::uint64_t kMaxJournal = 100'000'000'000'000;
constexpr std::uint64_t kMinSegment = 1'000'000;

Result<std::string> read_or_reason(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{std::strerror(errno)};
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  // A folder opens well and fails to be read.
  if (in.bad()) return Error{std::strerror(errno)};
  return text;
}

Result<std::string> read_named(const std::string& path) {
  Result<std::string> text = read_or_reason(path);
  if (!text) return Error{fmt::format("{}: {}", path, text.error().message)};
  return text;
}

AdminConfig read_admin(const Value& value) {
  AdminConfig out;
  ObjectReader object(value, "admin");
  const auto address = object.require("address", "\"127.0.0.1:9901\"");
  if (address) out.address = read_address(*address);
  const auto remote = object.find("allow_remote");
  const bool allow_remote = remote && remote->boolean();
  object.finish();
  if (address && !allow_remote && !out.address.is_loopback()) {
    address->refuse(
        "can be reached from other machines, and whoever reaches it can change the configuration; give a "
        "loopback address, or add \"allow_remote\": true");
  }
  return out;
}

AccessLogConfig read_access_log(const Value& value, const ScenarioFiles& files) {
  AccessLogConfig out;
  ObjectReader object(value, "access_log");
  if (const auto path = object.find("path")) {
    out.path = path->text();
    if (out.path.empty()) path->refuse("names no file; give a path, or \"-\" for stdout");
    if (out.path != "-") out.path = files.shown(out.path);
  }
  if (const auto query = object.find("query")) out.query = query->boolean();
  if (const auto sample = object.find("sample")) out.sample = sample->number(0, 1);
  object.finish();
  return out;
}

JournalConfig read_journal(const Value& value, const ScenarioFiles& files, std::uint32_t workers) {
  JournalConfig out;
  ObjectReader object(value, "journal");
  if (const auto folder = object.require("folder", "\"journal\"")) {
    if (folder->text().empty()) folder->refuse("names no folder; give a path");
    out.folder = files.shown(folder->text());
  }
  if (const auto bytes = object.find("bytes_max")) out.bytes_max = bytes->bytes(kMinSegment, kMaxJournal);
  if (const auto segment = object.find("segment_bytes")) {
    out.segment_bytes = segment->bytes(kMinSegment, kMaxJournal);
  }
  object.finish();
  // A worker needs room for the file that it writes and for the one before.
  const std::uint64_t least = 2 * out.segment_bytes * workers;
  if (out.bytes_max < least) {
    value.fail(fmt::format(
        "bytes_max {} holds less than two files of {} bytes of each of {} workers; give at least {}, or "
        "smaller segment_bytes",
        out.bytes_max, out.segment_bytes, workers, least));
  }
  return out;
}

ProxyConfig read_proxy(const Value& value, const ScenarioFiles& files, const ConfigDefaults& defaults) {
  ProxyConfig out;
  ObjectReader object(value, "proxy");
  skip_schema_key(object);
  if (const auto name = object.find("name")) out.name = name->text();
  out.workers = std::clamp(defaults.workers, 1u, kMaxWorkers);
  if (const auto workers = object.find("workers")) out.workers = workers->count(1, kMaxWorkers);
  if (const auto locality = object.find("locality")) out.locality = locality->text();
  const auto listeners = object.require("listeners", "[{\"name\": \"in\", ...}]");
  const auto upstreams = object.require("upstreams", "{\"checkout\": {\"endpoints\": [\"127.0.0.1:8080\"]}}");
  if (const auto admin = object.find("admin")) out.admin = read_admin(*admin);
  if (const auto log = object.find("access_log")) out.access_log = read_access_log(*log, files);
  if (const auto journal = object.find("journal")) out.journal = read_journal(*journal, files, out.workers);
  if (const auto kept = object.find("explain_decisions"))
    out.explain_decisions = kept->count(0, kMaxDecisions);
  if (const auto drain = object.find("drain")) out.drain = drain->duration();
  if (upstreams) out.upstreams = read_upstreams(*upstreams, files);
  std::vector<std::string> names;
  for (const UpstreamConfig& upstream : out.upstreams) names.push_back(upstream.name);
  if (listeners) out.listeners = read_listeners(*listeners, names);
  object.finish();
  return out;
}

// A policy that is named by its file changes without the text of the configuration.
std::string version_of(std::string_view text, const ProxyConfig& config) {
  std::string whole(text);
  for (const UpstreamConfig& upstream : config.upstreams) whole += upstream.policy_sha256;
  return sha256_hex(whole);
}

Result<ProxyConfigPtr> parse(std::string_view text, const std::string& from, const ScenarioFiles& files,
                             const ConfigDefaults& defaults, KnownKeys* log) {
  const Result<Json> json = parse_json(text, from);
  if (!json) return json.error();
  Diagnostics diagnostics(from);
  diagnostics.log_known_keys(log);
  ProxyConfig config = read_proxy(Value(json.value(), diagnostics), files, defaults);
  if (diagnostics.failed()) return diagnostics.error();
  for (UpstreamConfig& upstream : config.upstreams) upstream.locality = config.locality;
  config.version = version_of(text, config);
  return ProxyConfigPtr(std::make_shared<const ProxyConfig>(std::move(config)));
}

}  // namespace

ConfigDefaults ConfigDefaults::of_this_machine() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  const bool known = sched_getaffinity(0, sizeof usable, &usable) == 0;
  return {known ? static_cast<std::uint32_t>(CPU_COUNT(&usable)) : 1u};
}

Result<ProxyConfigPtr> parse_proxy_config(std::string_view text, const std::string& file,
                                          const FileLoader& load, const ConfigDefaults& defaults,
                                          KnownKeys* log) {
  return parse(text, file, ScenarioFiles{load, folder_of(file)}, defaults, log);
}

Result<ProxyConfigPtr> parse_proxy_config(std::string_view text, const std::string& file,
                                          const std::string& from) {
  const std::string folder = folder_of(file);
  const FileLoader load = [&folder](const std::string& path) {
    return read_or_reason(join_path(folder, path));
  };
  return parse(text, from, ScenarioFiles{load, folder}, ConfigDefaults::of_this_machine(), nullptr);
}

Result<ProxyConfigPtr> load_proxy_config(const std::string& file) {
  const Result<std::string> text = read_named(file);
  if (!text) return text.error();
  return parse_proxy_config(text.value(), file, file);
}

Result<std::vector<EndpointConfig>> parse_endpoints(std::string_view text, const std::string& file) {
  const Result<Json> json = parse_json(text, file);
  if (!json) return json.error();
  Diagnostics diagnostics(file);
  std::vector<EndpointConfig> endpoints = read_endpoints(Value(json.value(), diagnostics));
  if (diagnostics.failed()) return diagnostics.error();
  return endpoints;
}

Result<std::vector<EndpointConfig>> load_endpoints(const std::string& file) {
  const Result<std::string> text = read_named(file);
  if (!text) return text.error();
  return parse_endpoints(text.value(), file);
}

}  // namespace meshtwin
