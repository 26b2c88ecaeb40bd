// Clients and their arrivals.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/config/connections_reader.h"
#include "core/config/scenario_readers.h"
#include "core/config/table_file.h"
#include "core/config/units.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kMaxUsers = 10'000'000;

constexpr std::array<std::string_view, 7> kProcesses{"poisson", "deterministic", "on_off", "steps",
                                                     "linear",  "trace",         "closed"};

double read_rate(ObjectReader& object) {
  const auto rate = object.require("rate", "900");
  return rate ? rate->positive_number(kMaxRate) : 0;
}

OnOffArrivals read_on_off(const Value& value, ObjectReader& object) {
  OnOffArrivals out;
  if (const auto rate = object.require("on_rate", "900")) out.on_rate = rate->number(0, kMaxRate);
  if (const auto rate = object.find("off_rate")) out.off_rate = rate->number(0, kMaxRate);
  if (const auto stay = object.require("mean_on", "\"1s\"")) out.mean_on = stay->positive_duration();
  if (const auto stay = object.require("mean_off", "\"1s\"")) out.mean_off = stay->positive_duration();
  object.finish();
  if (out.on_rate == 0 && out.off_rate == 0)
    value.fail("both rates are 0, so nothing would arrive; raise on_rate");
  return out;
}

RatePoint read_point(const Value& value) {
  RatePoint out;
  ObjectReader object(value, "point");
  if (const auto at = object.require("at", "\"0s\"")) out.at = Time(at->duration());
  if (const auto rate = object.require("rate", "900")) out.per_second = rate->number(0, kMaxRate);
  object.finish();
  return out;
}

VaryingArrivals read_varying(ObjectReader& object, bool linear) {
  VaryingArrivals out{linear, {}};
  const auto points = object.require("points", R"([{"at": "0s", "rate": 900}])");
  object.finish();
  if (!points) return out;
  for (const Value& item : points->items(1)) {
    out.points.push_back(read_point(item));
    const std::size_t n = out.points.size();
    const Duration at = out.points.back().at.time_since_epoch();
    if (n == 1 && at != Duration::zero()) {
      item.fail(fmt::format("the first point is at {}; begin at \"0s\"", format_duration(at)));
    }
    if (n > 1 && out.points[n - 1].at <= out.points[n - 2].at) {
      item.fail(fmt::format(
          "the point at {} isn't after the one before; sort the points by time, one for each time",
          format_duration(at)));
    }
  }
  const bool silent =
      std::all_of(out.points.begin(), out.points.end(), [](const RatePoint& p) { return p.per_second == 0; });
  if (silent && !points->diagnostics().failed())
    points->fail("each rate is 0, so nothing would arrive; raise one");
  return out;
}

TraceArrivals read_trace(ObjectReader& object, const ScenarioFiles& files) {
  TraceArrivals out;
  const auto file = object.require("file", "\"arrivals.csv\"");
  object.finish();
  if (!file) return out;
  out.file = file->text();
  if (file->diagnostics().failed()) return out;
  const Result<std::string> text = files.load(out.file);
  if (!text) {
    file->fail(fmt::format("{} can't be read: {}; give a path from the scenario's folder",
                           in_quotes(out.file), text.error().message));
    return out;
  }
  Result<std::vector<Time>> times = parse_arrival_times(text.value(), files.shown(out.file));
  if (times) {
    out.times = std::move(times).value();
  } else {
    file->diagnostics().fail_as_is(times.error());
  }
  return out;
}

ClosedArrivals read_closed(ObjectReader& object, const ScenarioFiles& files) {
  ClosedArrivals out;
  if (const auto users = object.require("users", "10")) out.users = users->count(1, kMaxUsers);
  if (const auto think = object.find("think")) out.think = read_distribution(*think, files);
  object.finish();
  return out;
}

KeysConfig read_keys(const Value& value) {
  constexpr std::uint64_t kMaxKeys = 1'000'000'000'000;
  KeysConfig out;
  ObjectReader object(value, "keys");
  if (const auto count = object.require("count", "1000")) out.count = count->whole(1, kMaxKeys);
  if (const auto zipf = object.find("zipf")) out.zipf = zipf->number(0, 10);
  object.finish();
  return out;
}

void read_client(const Value& value, const ScenarioReading& reading, ClientConfig& out) {
  ObjectReader object(value, "client");
  if (const auto sidecars = object.find("sidecars")) out.sidecars = sidecars->count(1, kMaxInstances);
  if (const auto calls = object.require("calls", "\"checkout\"")) out.service = reading.service(*calls);
  if (const auto arrivals = object.require("arrivals", R"({"process": "poisson", "rate": 900})")) {
    out.arrivals = read_arrivals(*arrivals, reading.files);
  }
  if (const auto locality = object.find("locality")) out.locality = reading.locality(*locality);
  if (const auto urgency = object.find("urgency")) {
    out.urgency = static_cast<std::uint8_t>(urgency->count(0, CallStart::kUrgencies - 1));
  }
  if (const auto keys = object.find("keys")) out.keys = read_keys(*keys);
  if (const auto connections = object.find("connections")) out.connections = read_connections(*connections);
  object.finish();
}

}  // namespace

ArrivalConfig read_arrivals(const Value& value, const ScenarioFiles& files) {
  std::size_t process = 0;
  {
    ObjectReader object(value, "");
    const auto word = object.find("process");
    if (!word) value.fail("the key \"process\" is missing; add it, such as \"process\": \"poisson\"");
    if (word) process = word->word(kProcesses);
  }
  if (value.diagnostics().failed()) return {};
  const bool varying = kProcesses[process] == "steps" || kProcesses[process] == "linear";
  ObjectReader object(value, fmt::format("arrivals.{}", varying ? "varying" : kProcesses[process]));
  object.find("process");
  switch (process) {
    case 0:
    case 1: {
      const double rate = read_rate(object);
      object.finish();
      if (process == 0) return PoissonArrivals{rate};
      return DeterministicArrivals{rate};
    }
    case 2:
      return read_on_off(value, object);
    case 3:
      return read_varying(object, false);
    case 4:
      return read_varying(object, true);
    case 5:
      return read_trace(object, files);
    default:
      return read_closed(object, files);
  }
}

void read_clients(const Value& value, ScenarioReading& reading) {
  for (const auto& [name, member] : value.members(1)) {
    check_name(name, member);
    if (reading.services.contains(name)) {
      member.fail(
          fmt::format("{} is the name of a service too; give the client another one", in_quotes(name)));
    }
    ClientConfig& client = reading.scenario.clients.emplace_back();
    client.name = name;
    read_client(member, reading, client);
  }
}

}  // namespace meshtwin
