// Services: what they are, and whom they call.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/config/connections_reader.h"
#include "core/config/policy_reader.h"
#include "core/config/scenario_readers.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kMaxCount = 1'000'000;      // workers of an instance, its weight
constexpr std::uint32_t kMaxQueue = 1'000'000'000;  // requests
constexpr std::uint32_t kMaxCalls = 10'000;         // of one kind for a request
constexpr std::uint64_t kMaxBytes = 1'000'000'000'000;

constexpr std::array<Word<Discipline>, 2> kDisciplines{
    {{"fifo", Discipline::fifo}, {"processor_sharing", Discipline::processor_sharing}}};
constexpr std::array<Word<OnCancel>, 2> kOnCancel{{{"stop", OnCancel::stop}, {"finish", OnCancel::finish}}};

std::uint8_t read_priority(const Value& value) {
  constexpr std::uint32_t kMaxPriority = 127;
  return static_cast<std::uint8_t>(value.count(0, kMaxPriority));
}

InstanceOverride read_override(const Value& value, const ScenarioReading& reading) {
  InstanceOverride out;
  ObjectReader object(value, "override");
  if (const auto instance = object.require("instance", "0")) out.instance = instance->count(0, kMaxInstances);
  if (const auto weight = object.find("weight")) out.weight = weight->count(1, kMaxCount);
  if (const auto concurrency = object.find("concurrency")) out.concurrency = concurrency->count(1, kMaxCount);
  if (const auto time = object.find("service_time"))
    out.service_time = read_distribution(*time, reading.files);
  if (const auto locality = object.find("locality")) out.locality = reading.locality(*locality);
  if (const auto priority = object.find("priority")) out.priority = read_priority(*priority);
  object.finish();
  return out;
}

void read_overrides(const Value& value, ScenarioReading& reading, ServiceConfig& out) {
  std::set<std::uint32_t> seen;
  for (const Value& item : value.items()) {
    out.overrides.push_back(read_override(item, reading));
    const std::uint32_t instance = out.overrides.back().instance;
    if (!seen.insert(instance).second) {
      item.fail(fmt::format("instance {} is there twice; put its values together", instance));
    }
    reading.mentions.push_back({item, reading.services.find(out.name)->second, instance});
  }
}

// There is one instance behind it.
PolicyConfig read_inbound(const Value& value) {
  PolicyConfig out = read_policy(value);
  if (out.retry.max_attempts > 1 || out.hedge) {
    value.fail("an instance's own sidecar has nowhere else to go; leave retry and hedge out");
  }
  return out;
}

FluctuationConfig read_fluctuation(const Value& value) {
  FluctuationConfig out;
  ObjectReader object(value, "fluctuation");
  if (const auto every = object.require("every", "\"500ms\"")) out.every = every->positive_duration();
  if (const auto factor = object.require("factor", "3")) out.factor = factor->positive_number(1e6);
  if (const auto probability = object.find("probability")) out.probability = probability->number(0, 1);
  object.finish();
  return out;
}

DownstreamCall read_call(const Value& value, const ScenarioReading& reading) {
  if (value.is_text()) return {reading.service(value), 1.0};
  DownstreamCall out;
  ObjectReader object(value, "call");
  if (const auto service = object.require("service", "\"db\"")) out.service = reading.service(*service);
  if (const auto probability = object.find("probability")) out.probability = probability->number(0, 1);
  if (const auto times = object.find("times")) out.times = times->count(1, kMaxCalls);
  object.finish();
  return out;
}

void read_calls(const Value& value, const ScenarioReading& reading, ServiceConfig& out) {
  if (!value.is_list()) {
    out.calls.push_back(read_call(value, reading));
    return;
  }
  for (const Value& item : value.items()) out.calls.push_back(read_call(item, reading));
}

void read_service(const Value& value, ScenarioReading& reading, ServiceConfig& out) {
  ObjectReader object(value, "service");
  if (const auto instances = object.find("instances")) out.instances = instances->count(1, kMaxInstances);
  if (const auto concurrency = object.find("concurrency")) out.concurrency = concurrency->count(1, kMaxCount);
  if (const auto queue = object.find("queue")) out.queue = queue->count(0, kMaxQueue);
  if (const auto overflow = object.find("overflow")) out.overflow = read_refusal(*overflow, out.overflow.status);
  if (const auto discipline = object.find("discipline")) out.discipline = discipline->meaning(kDisciplines);
  if (const auto time = object.require("service_time", "\"10ms\"")) {
    out.service_time = read_distribution(*time, reading.files);
  }
  if (const auto weight = object.find("weight")) out.weight = weight->count(1, kMaxCount);
  if (const auto locality = object.find("locality")) out.locality = reading.locality(*locality);
  if (const auto priority = object.find("priority")) out.priority = read_priority(*priority);
  if (const auto overrides = object.find("overrides")) read_overrides(*overrides, reading, out);
  if (const auto calls = object.find("calls")) read_calls(*calls, reading, out);
  if (const auto parallel = object.find("calls_in_parallel")) out.calls_in_parallel = parallel->boolean();
  if (const auto fluctuation = object.find("fluctuation")) out.fluctuation = read_fluctuation(*fluctuation);
  if (const auto inbound = object.find("inbound")) out.inbound = read_inbound(*inbound);
  if (const auto on_cancel = object.find("on_cancel")) out.on_cancel = on_cancel->meaning(kOnCancel);
  if (const auto hold = object.find("calls_hold_worker")) out.calls_hold_worker = hold->boolean();
  if (const auto bytes = object.find("request_bytes")) out.request_bytes = bytes->bytes(1, kMaxBytes);
  if (const auto bytes = object.find("response_bytes")) out.response_bytes = bytes->bytes(1, kMaxBytes);
  if (const auto connections = object.find("connections")) {
    out.connections = read_connections(*connections);
    if (out.calls.empty()) {
      connections->fail("they are for the service's own calls, and it has none; give them to those that call it");
    }
  }
  object.finish();
}

// The services of a circle of calls in their order, the first one again at the end; empty where there is
// none. A depth-first search with its own stack, since a file may chain any number of services.
std::vector<std::uint32_t> find_circle(const std::vector<ServiceConfig>& services) {
  enum class Mark : std::uint8_t { fresh, on_path, done };
  struct Step {
    std::uint32_t service;
    std::size_t next_call;
  };
  std::vector<Mark> marks(services.size(), Mark::fresh);
  for (std::uint32_t start = 0; start < services.size(); ++start) {
    if (marks[start] != Mark::fresh) continue;
    std::vector<Step> path{{start, 0}};
    marks[start] = Mark::on_path;
    while (!path.empty()) {
      Step& step = path.back();
      const auto& calls = services[step.service].calls;
      if (step.next_call == calls.size()) {
        marks[step.service] = Mark::done;
        path.pop_back();
        continue;
      }
      const std::uint32_t callee = calls[step.next_call++].service;
      if (marks[callee] == Mark::on_path) {
        std::vector<std::uint32_t> circle;
        const auto begin =
            std::find_if(path.begin(), path.end(), [&](const Step& s) { return s.service == callee; });
        for (auto at = begin; at != path.end(); ++at) circle.push_back(at->service);
        circle.push_back(callee);
        return circle;
      }
      if (marks[callee] == Mark::fresh) {
        marks[callee] = Mark::on_path;
        path.push_back({callee, 0});
      }
    }
  }
  return {};
}

}  // namespace

void read_services(const Value& value, ScenarioReading& reading) {
  const auto members = value.members(1);
  std::vector<ServiceConfig>& services = reading.scenario.services;
  services.resize(members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    check_name(members[i].first, members[i].second);
    services[i].name = members[i].first;
    reading.services.emplace(members[i].first, static_cast<std::uint32_t>(i));
  }
  for (std::size_t i = 0; i < members.size(); ++i) read_service(members[i].second, reading, services[i]);
  if (value.diagnostics().failed()) return;

  std::vector<std::string> names;
  for (const std::uint32_t service : find_circle(services)) names.push_back(services[service].name);
  if (names.empty()) return;
  const Value& first = members[reading.services.find(names[0])->second].second;
  value.diagnostics().fail(
      path_of(first.path(), "calls"),
      fmt::format("services call each other in a circle: {}; take one of these calls out",
                  fmt::join(names, " -> ")));
}

}  // namespace meshtwin
