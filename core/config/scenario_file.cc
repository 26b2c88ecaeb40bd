#include "core/config/scenario_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/config/expectation.h"
#include "core/config/policy_file.h"
#include "core/config/policy_reader.h"
#include "core/config/scenario_readers.h"
#include "core/config/units.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kMaxReplications = 100'000;

std::string stem(std::string_view file) {
  const auto slash = file.rfind('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  return std::string(file.substr(0, file.find('.')));
}

void read_notes(const Value& notes, Scenario& out) {
  if (notes.is_text()) {
    out.notes = notes.text();
  } else if (notes.is_list()) {
    for (const Value& line : notes.items()) {
      if (!out.notes.empty()) out.notes += '\n';
      out.notes += line.text();
    }
  }
}

void read_run(ObjectReader& object, const Value& value, Scenario& out) {
  skip_schema_key(object);
  if (const auto name = object.find("name")) out.name = name->text();
  if (const auto notes = object.find("notes")) read_notes(*notes, out);
  if (const auto seed = object.find("seed")) out.seed = seed->whole(0, UINT64_MAX);
  if (const auto n = object.find("replications")) out.replications = n->count(1, kMaxReplications);
  if (const auto duration = object.require("duration", "\"60s\""))
    out.duration = duration->positive_duration();
  const auto warmup = object.find("warmup");
  if (!warmup) return;
  out.warmup = warmup->duration();
  if (!value.diagnostics().failed() && out.duration > Duration::zero() && out.warmup >= out.duration) {
    warmup->fail(fmt::format("a warm-up of {} leaves nothing of the duration of {} to measure; give less",
                             format_duration(out.warmup), format_duration(out.duration)));
  }
}

void read_discovery(const Value& value, ScenarioReading& reading) {
  ObjectReader object(value, "discovery");
  if (const auto delay = object.find("delay")) {
    reading.scenario.discovery_delay = read_distribution(*delay, reading.files);
  }
  object.finish();
}

// Reports an instance that its service never has: neither at the start nor by joining later.
void check_mentions(const ScenarioReading& reading) {
  const Scenario& scenario = reading.scenario;
  std::vector<std::uint64_t> ever;
  for (const ServiceConfig& service : scenario.services) ever.push_back(service.instances);
  for (const MembershipChange& change : scenario.changes) ever[change.service] += change.join;
  for (const InstanceMention& mention : reading.mentions) {
    if (mention.instance < ever[mention.service]) continue;
    mention.place.refuse(fmt::format("names an instance that isn't there; {0} has {0}/0 to {0}/{1}",
                                     scenario.services[mention.service].name, ever[mention.service] - 1));
    return;
  }
}

// Requests without a key go anywhere: what hashes them would be simulated as a random balancer.
void check_keys(const Value& value, const Scenario& scenario) {
  for (const ClientConfig& client : scenario.clients) {
    if (client.keys || hash_key(scenario.policies[client.service].config) == nullptr) continue;
    value.diagnostics().fail(
        path_of(path_of(value.path(), "clients"), client.name),
        fmt::format("its requests have no keys, and the policy of {0} hashes them; add \"keys\", such as {{\"count\": "
                    "1000}}",
                    scenario.services[client.service].name));
  }
}

void read_whole(const Value& value, ScenarioReading& reading) {
  ObjectReader object(value, "scenario");
  read_run(object, value, reading.scenario);
  const auto services = object.require("services", R"({"checkout": {"service_time": "10ms"}})");
  const auto clients = object.require("clients", R"({"web": {"calls": "checkout", "arrivals": ...}})");
  const auto network = object.find("network");
  const auto overheads = object.find("overheads");
  const auto policies = object.find("policies");
  const auto discovery = object.find("discovery");
  const auto faults = object.find("faults");
  const auto changes = object.find("changes");
  const auto expect = object.find("expect");
  object.find("extends");
  object.finish();
  if (value.diagnostics().failed()) return;

  read_services(*services, reading);
  read_clients(*clients, reading);
  if (network) reading.scenario.network = read_network(*network, reading);
  if (overheads) read_overheads(*overheads, reading);
  for (std::size_t i = 0; i < reading.scenario.services.size(); ++i) reading.scenario.policies.emplace_back();
  if (policies) read_policies(*policies, reading);
  if (discovery) read_discovery(*discovery, reading);
  if (changes) read_changes(*changes, reading);
  if (faults) read_faults(*faults, reading);
  if (expect) read_expectations(*expect, reading);
  if (value.diagnostics().failed()) return;
  check_mentions(reading);
  check_keys(value, reading.scenario);
  for (ServicePolicy& policy : reading.scenario.policies) policy.sha256 = policy_sha256(policy.config);
}

}  // namespace

void check_name(std::string_view name, const Value& place) {
  const bool good = !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (good) return;
  place.fail(fmt::format("{} can't be a name; use 1 to 63 letters, digits, _ and -", in_quotes(name)));
}

LocalityIndex ScenarioReading::locality(const Value& name) const {
  const std::string text = name.text();
  if (text.empty()) name.refuse("is empty; give a place such as \"eu-1a\"");
  std::vector<std::string>& known = scenario.localities;
  const auto found = std::find(known.begin(), known.end(), text);
  if (found != known.end()) return static_cast<LocalityIndex>(found - known.begin());
  known.push_back(text);
  return static_cast<LocalityIndex>(known.size() - 1);
}

std::uint32_t ScenarioReading::service(const Value& name) const {
  std::optional<std::uint32_t> instance;
  const std::uint32_t found = service_and_instance(name, instance);
  if (instance) name.refuse("names an instance; give the service alone");
  return found;
}

std::uint32_t ScenarioReading::service_and_instance(const Value& target,
                                                    std::optional<std::uint32_t>& instance) const {
  const std::string text = target.text();
  if (target.diagnostics().failed()) return 0;
  const std::string_view name = std::string_view(text).substr(0, text.find('/'));
  const auto found = services.find(name);
  if (found == services.end()) {
    std::vector<std::string> names;
    for (const auto& [known, index] : services) names.push_back(known);
    target.fail(no_such("service", name, names));
    return 0;
  }
  if (name.size() == text.size()) return found->second;
  const std::string_view digits = std::string_view(text).substr(name.size() + 1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    target.refuse(fmt::format("names no instance; write it such as \"{}/0\"", name));
    return 0;
  }
  instance = number;
  return found->second;
}

void read_policies(const Value& value, ScenarioReading& reading) {
  for (const auto& [name, policy] : value.members()) {
    const auto found = reading.services.find(name);
    if (found == reading.services.end()) {
      std::vector<std::string> names;
      for (const auto& [known, index] : reading.services) names.push_back(known);
      policy.fail(no_such("service", name, names));
      return;
    }
    reading.scenario.policies[found->second].config = read_policy(policy);
  }
}

void read_expectations(const Value& value, ScenarioReading& reading) {
  std::vector<std::string> names;
  for (const ServiceConfig& service : reading.scenario.services) names.push_back(service.name);
  for (const Value& item : value.items()) {
    const std::string text = item.text();
    if (value.diagnostics().failed()) return;
    Result<Expectation> expectation = parse_expectation(text, names);
    if (!expectation) return item.fail(expectation.error().message);
    const Expectation& read = expectation.value();
    if (read.metric.starts_with("shadow.") && !reading.scenario.policies[read.service].config.shadow) {
      return item.fail(fmt::format("the policy of {} has no shadow; give it one, or leave this out", names[read.service]));
    }
    if (read.metric == "shadow.pick_distance" && !reading.scenario.policies[read.service].config.shadow->balancer) {
      return item.fail(
          fmt::format("the shadow of {} has no balancer; give it one, or leave this out", names[read.service]));
    }
    if (read.metric == "connections_opened" && !has_connections(reading.scenario, read.service)) {
      return item.fail(fmt::format("nobody who calls {} has \"connections\"; give a client some, or leave this out",
                                   names[read.service]));
    }
    reading.scenario.expect.push_back(std::move(expectation).value());
  }
}

bool has_connections(const Scenario& scenario, std::uint32_t service) {
  const auto calls = [&](const DownstreamCall& call) { return call.service == service; };
  return std::any_of(scenario.clients.begin(), scenario.clients.end(),
                     [&](const ClientConfig& client) { return client.connections && client.service == service; }) ||
         std::any_of(scenario.services.begin(), scenario.services.end(), [&](const ServiceConfig& caller) {
           return caller.connections && std::any_of(caller.calls.begin(), caller.calls.end(), calls);
         });
}

Result<Scenario> parse_scenario(const ScenarioDocument& document, const FileLoader& load, KnownKeys* log) {
  Scenario scenario;
  scenario.name = stem(document.file);
  const ScenarioFiles files{load, folder_of(document.file)};
  ScenarioReading reading{scenario, files, {}, {}};
  Diagnostics diagnostics(document.file, document.layers);
  diagnostics.log_known_keys(log);
  read_whole(Value(*document.json, diagnostics), reading);
  if (diagnostics.failed()) return diagnostics.error();
  return scenario;
}

Result<Scenario> parse_scenario(std::string_view text, const std::string& file, const FileLoader& load,
                                const std::vector<std::string>& overrides) {
  const Result<ScenarioDocument> document = load_scenario_document(text, file, load, overrides);
  if (!document) return document.error();
  return parse_scenario(document.value(), load);
}

}  // namespace meshtwin
