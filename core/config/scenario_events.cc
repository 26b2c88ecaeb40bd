// What happens during a run: faults, and instances that join and leave.
#include <fmt/format.h>

#include <set>

#include "core/config/scenario_readers.h"
#include "core/config/units.h"

namespace meshtwin {
namespace {

constexpr double kMaxSlowdown = 1e6;

Time read_instant(ObjectReader& object, const Scenario& scenario) {
  const auto at = object.require("at", "\"15s\"");
  if (!at) return Time{};
  const Duration since_start = at->duration();
  if (since_start >= scenario.duration && !at->diagnostics().failed()) {
    at->fail(fmt::format("{} is past the end of the run, which lasts {}; give less",
                         format_duration(since_start), format_duration(scenario.duration)));
  }
  return Time(since_start);
}

// A kind of fault that is on or absent.
void check_true(const Value& value) {
  if (!value.boolean()) value.refuse("leaves the fault without effect; write true, or take the fault out");
}

FaultKind read_kind(const Value& value, ObjectReader& object, const ScenarioFiles& files) {
  const auto slow = object.find("slow");
  const auto service_time = object.find("service_time");
  const auto error_rate = object.find("error_rate");
  const auto error = object.find("error");
  const auto crash = object.find("crash");
  const auto blackhole = object.find("blackhole");
  const int kinds = slow.has_value() + service_time.has_value() + error_rate.has_value() + crash.has_value() +
                    blackhole.has_value();
  object.finish();
  if (kinds != 1) {
    value.fail(
        fmt::format("{} what the fault does; give one of slow, service_time, error_rate, crash, blackhole",
                    kinds == 0 ? "nothing says" : "more than one key says"));
    return {};
  }
  if (error && !error_rate) {
    error->fail("says what is answered, but not how often; give \"error_rate\" as well, such as 0.5");
    return {};
  }
  if (slow) return SlowFault{slow->positive_number(kMaxSlowdown)};
  if (service_time) return DelayFault{read_distribution(*service_time, files)};
  if (error_rate) {
    ErrorFault out{error_rate->number(0, 1)};
    if (error) out.answer = read_refusal(*error, out.answer.status);
    return out;
  }
  check_true(crash ? *crash : *blackhole);
  if (crash) return CrashFault{};
  return BlackholeFault{};
}

FaultConfig read_fault(const Value& value, ScenarioReading& reading) {
  FaultConfig out;
  ObjectReader object(value, "fault");
  out.at = read_instant(object, reading.scenario);
  if (const auto lasts = object.find("for")) out.lasts = lasts->positive_duration();
  const auto target = object.require("target", "\"checkout/0\"");
  if (target) out.service = reading.service_and_instance(*target, out.instance);
  out.kind = read_kind(value, object, reading.files);
  if (target && out.instance) reading.mentions.push_back({*target, out.service, *out.instance});
  return out;
}

using Gone = std::set<std::pair<std::uint32_t, std::uint32_t>>;  // services and instances that left

MembershipChange read_change(const Value& value, ScenarioReading& reading, Gone& gone) {
  MembershipChange out;
  ObjectReader object(value, "change");
  out.at = read_instant(object, reading.scenario);
  if (const auto service = object.require("service", "\"checkout\"")) out.service = reading.service(*service);
  if (const auto join = object.find("join")) out.join = join->count(0, kMaxInstances);
  const auto leave = object.find("leave");
  if (const auto drain = object.find("drain")) out.drain = drain->duration();
  object.finish();
  if (leave && !value.diagnostics().failed()) {
    for (const Value& item : leave->items()) {
      std::optional<std::uint32_t> instance;
      const std::uint32_t service = reading.service_and_instance(item, instance);
      if (value.diagnostics().failed()) return out;
      if (!instance || service != out.service) {
        const std::string& name = reading.scenario.services[out.service].name;
        item.refuse(fmt::format("is no instance of {0}; write it such as \"{0}/0\"", name));
        return out;
      }
      if (!gone.insert({service, *instance}).second) item.refuse("leaves twice; name it once");
      out.leave.push_back(*instance);
      reading.mentions.push_back({item, service, *instance});
    }
  }
  if (out.join == 0 && out.leave.empty()) value.fail("nobody joins or leaves; give \"join\" or \"leave\"");
  return out;
}

}  // namespace

void read_changes(const Value& value, ScenarioReading& reading) {
  Gone gone;
  for (const Value& item : value.items()) {
    MembershipChange change = read_change(item, reading, gone);
    if (value.diagnostics().failed()) return;
    reading.scenario.changes.push_back(std::move(change));
  }
}

void read_faults(const Value& value, ScenarioReading& reading) {
  for (const Value& item : value.items()) {
    FaultConfig fault = read_fault(item, reading);
    if (value.diagnostics().failed()) return;
    reading.scenario.faults.push_back(std::move(fault));
  }
}

}  // namespace meshtwin
