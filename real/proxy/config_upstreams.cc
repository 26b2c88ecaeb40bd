// Upstreams: their policies, where their endpoints come from, and health checks.
#include <set>

#include <fmt/format.h>

#include "core/config/policy_file.h"
#include "core/config/policy_reader.h"
#include "core/config/units.h"
#include "core/config/wording.h"
#include "core/journal/record.h"
#include "real/proxy/config_readers.h"
#include "real/proxy/config_words.h"

namespace meshtwin {
namespace {

using Record = DnsDiscovery::Record;
using CheckType = HealthProbeConfig::Type;

constexpr std::uint32_t kMaxWeight = 1'000'000;
constexpr std::uint32_t kMaxPriority = 127;
constexpr std::uint32_t kMaxThreshold = 1000;
constexpr std::uint32_t kMaxIdle = 1'000'000;

// Journals keep so much of a name, and hashing goes by all of it.
constexpr std::size_t kNameBytesMax = kEndpointNameBytesMax;

std::string read_name(const Value& value, std::string_view what) {
  std::string text = value.text();
  if (text.empty()) value.refuse(fmt::format("is empty; give {}", what));
  if (text.size() > kNameBytesMax) value.refuse(fmt::format("is too long; give at most {} bytes", kNameBytesMax));
  return text;
}

EndpointConfig read_endpoint(const Value& value) {
  EndpointConfig out;
  if (value.is_text()) {
    out.address = read_address(value);
  } else {
    ObjectReader object(value, "endpoint");
    if (const auto name = object.find("name")) out.name = read_name(*name, "a name such as \"checkout/0\"");
    if (const auto address = object.require("address", "\"127.0.0.1:8080\""))
      out.address = read_address(*address);
    if (const auto weight = object.find("weight")) out.weight = weight->count(1, kMaxWeight);
    if (const auto priority = object.find("priority")) {
      out.priority = static_cast<std::uint8_t>(priority->count(0, kMaxPriority));
    }
    if (const auto locality = object.find("locality")) out.locality = read_name(*locality, "a place such as \"eu-1a\"");
    if (const auto draining = object.find("draining")) out.draining = draining->boolean();
    object.finish();
  }
  if (out.name.empty()) out.name = out.address.text();
  if (out.address.port() == 0) value.fail("the port 0 can't be connected to; give the endpoint's port");
  return out;
}

DnsDiscovery read_dns(const Value& value) {
  const auto record_of = [](const Value& dns) {
    ObjectReader object(dns, "");
    const auto record = object.find("record");
    return record ? record->word(kRecordWords) : std::size_t{0};
  };
  const std::size_t record = record_of(value);
  DnsDiscovery out;
  out.record = record == 0 ? Record::a : Record::srv;
  ObjectReader object(value, fmt::format("dns.{}", kRecordWords[record]));
  if (record == 0) {
    object.find("record");
  } else {
    object.require("record", "\"srv\"");
  }
  if (const auto host = object.require("host", "\"checkout.example.org\"")) {
    out.host = read_name(*host, "a name such as \"checkout.example.org\"");
  }
  if (record == 0) {
    if (const auto port = object.require("port", "8080"))
      out.port = static_cast<std::uint16_t>(port->count(1, 65535));
  }
  if (const auto refresh = object.find("refresh")) out.refresh = refresh->positive_duration();
  object.finish();
  return out;
}

HealthProbeConfig read_health_check(const Value& value) {
  const auto type_of = [](const Value& check) {
    ObjectReader object(check, "");
    const auto type = object.find("type");
    return type ? type->word(kHealthProbeWords) : std::size_t{0};
  };
  const std::size_t type = type_of(value);
  HealthProbeConfig out;
  out.type = type == 0 ? CheckType::http : CheckType::tcp;
  ObjectReader object(value, fmt::format("health_check.{}", kHealthProbeWords[type]));
  if (type == 0) {
    object.find("type");
    if (const auto path = object.find("path")) {
      out.path = path->text();
      const bool clean = out.path.find_first_of(" \t\r\n#") == std::string::npos;
      if (!out.path.starts_with('/') || !clean) path->refuse("isn't a path; give one such as \"/healthz\"");
    }
  } else {
    object.require("type", "\"tcp\"");
  }
  if (const auto interval = object.find("interval")) out.interval = interval->positive_duration();
  if (const auto timeout = object.find("timeout")) out.timeout = timeout->positive_duration();
  if (const auto healthy = object.find("healthy_threshold"))
    out.healthy_threshold = healthy->count(1, kMaxThreshold);
  if (const auto unhealthy = object.find("unhealthy_threshold")) {
    out.unhealthy_threshold = unhealthy->count(1, kMaxThreshold);
  }
  object.finish();
  if (out.timeout > out.interval) {
    value.fail(fmt::format("timeout {} is longer than interval {}; give at most that",
                           format_duration(out.timeout), format_duration(out.interval)));
  }
  return out;
}

// A policy stands in place, or by the name of its file.
PolicyConfig read_policy_or_file(const Value& value, const ScenarioFiles& files) {
  if (!value.is_text()) return read_policy(value);
  const Result<std::string> text = files.load(value.text());
  if (!text) {
    value.refuse(
        fmt::format("can't be read ({}); give the path of a policy file, counted from this file's folder",
                    text.error().message));
    return {};
  }
  const Result<PolicyConfig> policy = parse_policy(text.value(), files.shown(value.text()));
  if (policy) return policy.value();
  value.diagnostics().fail_as_is(policy.error());
  return {};
}

// Exactly one of the three ways to know endpoints.
void read_discovery(ObjectReader& object, const Value& value, const ScenarioFiles& files,
                    UpstreamConfig& out) {
  int ways = 0;
  if (const auto endpoints = object.find("endpoints")) {
    out.discovery = StaticDiscovery{read_endpoints(*endpoints)};
    ++ways;
  }
  if (const auto dns = object.find("dns")) {
    out.discovery = read_dns(*dns);
    ++ways;
  }
  if (const auto file = object.find("endpoints_file")) {
    out.discovery =
        FileDiscovery{files.shown(read_name(*file, "the path of a file with a list of endpoints"))};
    ++ways;
  }
  if (ways == 1) return;
  value.fail(ways == 0 ? "knows no endpoints; add \"endpoints\", \"dns\" or \"endpoints_file\""
                       : "has more than one source of endpoints; keep one of \"endpoints\", \"dns\" and "
                         "\"endpoints_file\"");
}

UpstreamConfig read_upstream(const std::string& name, const Value& value, const ScenarioFiles& files) {
  UpstreamConfig out;
  out.name = name;
  ObjectReader object(value, "upstream");
  if (const auto policy = object.find("policy")) out.policy = read_policy_or_file(*policy, files);
  out.policy_sha256 = policy_sha256(out.policy);
  read_discovery(object, value, files, out);
  if (const auto check = object.find("health_check")) out.health_check = read_health_check(*check);
  if (const auto seed = object.find("seed")) out.seed = seed->whole(0, UINT64_MAX);
  if (const auto timeout = object.find("connect_timeout")) out.connect_timeout = timeout->positive_duration();
  if (const auto timeout = object.find("idle_timeout")) out.idle_timeout = timeout->positive_duration();
  if (const auto max = object.find("idle_connections_max"))
    out.idle_connections_max = max->count(0, kMaxIdle);
  if (const auto header = object.find("attempt_header")) out.attempt_header = header->boolean();
  if (const auto propagates = object.find("propagates_deadline")) out.propagates_deadline = propagates->boolean();
  object.finish();
  return out;
}

}  // namespace

std::vector<EndpointConfig> read_endpoints(const Value& value) {
  std::vector<EndpointConfig> out;
  std::set<std::string> names;
  std::set<std::string> addresses;
  for (const Value& item : value.items(1)) {
    out.push_back(read_endpoint(item));
    if (!names.insert(out.back().name).second) {
      item.fail(fmt::format("the endpoint {} is there twice; keep one of them", in_quotes(out.back().name)));
    }
    if (!addresses.insert(out.back().address.text()).second) {
      item.fail(fmt::format("the address {} is there twice; keep one of them", out.back().address.text()));
    }
  }
  return out;
}

std::vector<UpstreamConfig> read_upstreams(const Value& value, const ScenarioFiles& files) {
  std::vector<UpstreamConfig> out;
  for (const auto& [name, member] : value.members(1)) {
    if (name.empty()) member.fail("an upstream has no name; give one");
    out.push_back(read_upstream(name, member, files));
  }
  return out;
}

}  // namespace meshtwin
