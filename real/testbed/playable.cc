#include "real/testbed/playable.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "core/config/units.h"
#include "real/http/head.h"

namespace meshtwin {
namespace {

// Beyond these a run tells of the machine and not of the system, or takes the machine's memory.
constexpr Duration kLongest = std::chrono::minutes(30);
constexpr std::uint32_t kMostInstances = 200;
constexpr std::uint32_t kMostSidecars = 16;
constexpr std::uint32_t kMostUsers = 2000;
constexpr double kHighestRate = 20'000;
constexpr double kMostCalls = 5'000'000;
constexpr std::uint64_t kLargestMessage = 10'000'000;

using Problems = std::vector<std::string>;

double rate_of(const PoissonArrivals& c, Duration) { return c.rate; }
double rate_of(const DeterministicArrivals& c, Duration) { return c.rate; }
double rate_of(const OnOffArrivals& c, Duration) { return std::max(c.on_rate, c.off_rate); }
double rate_of(const VaryingArrivals& c, Duration duration) {
  double highest = 0;
  for (const RatePoint& point : c.points) {
    if (point.at < Time(duration)) highest = std::max(highest, point.per_second);
  }
  return highest;
}
double rate_of(const TraceArrivals& c, Duration duration) {
  const auto end = std::lower_bound(c.times.begin(), c.times.end(), Time(duration));
  return static_cast<double>(end - c.times.begin()) / to_seconds(duration);
}
double rate_of(const ClosedArrivals&, Duration) { return 0; }

void check_service(const ServiceConfig& service, Problems& problems) {
  const std::string path = fmt::format("$.services.{}", service.name);
  if (service.discipline == Discipline::processor_sharing) {
    problems.push_back(path + ".discipline: processor_sharing (give fifo)");
  }
  if (!service.calls.empty()) problems.push_back(path + ".calls: services that call services");
  for (const auto& [key, bytes] : {std::pair("request_bytes", service.request_bytes),
                                   std::pair("response_bytes", service.response_bytes)}) {
    if (bytes > kLargestMessage) {
      problems.push_back(fmt::format("{}.{}: {} bytes (at most {})", path, key, bytes, kLargestMessage));
    }
  }
}

void check_sizes(const Scenario& scenario, Problems& problems) {
  std::uint64_t instances = 0;
  std::uint64_t sidecars = 0;
  std::uint64_t users = 0;
  double rate = 0;
  for (const ServiceConfig& service : scenario.services) instances += service.instances;
  for (const ClientConfig& client : scenario.clients) {
    sidecars += client.sidecars;
    rate += peak_rate(client.arrivals, scenario.duration);
    if (const auto* closed = std::get_if<ClosedArrivals>(&client.arrivals)) users += closed->users;
  }
  if (scenario.duration > kLongest) {
    problems.push_back(fmt::format("$.duration: {} (at most {})", format_duration(scenario.duration),
                                   format_duration(kLongest)));
  }
  if (instances > kMostInstances) {
    problems.push_back(fmt::format("$.services: {} instances (at most {})", instances, kMostInstances));
  }
  if (sidecars > kMostSidecars) {
    problems.push_back(
        fmt::format("$.clients: {} sidecars, a process each (at most {})", sidecars, kMostSidecars));
  }
  if (users > kMostUsers)
    problems.push_back(fmt::format("$.clients: {} users (at most {})", users, kMostUsers));
  if (rate > kHighestRate) {
    problems.push_back(
        fmt::format("$.clients: {:.0f} calls/s at the peak (at most {:.0f})", rate, kHighestRate));
  } else if (rate * to_seconds(scenario.duration) > kMostCalls) {
    problems.push_back(fmt::format("$.clients: {:.0f} calls (at most {:.0f}; give a shorter duration)",
                                   rate * to_seconds(scenario.duration), kMostCalls));
  }
}

// An instance's own sidecar would go on taking connections.
void check_faults(const Scenario& scenario, Problems& problems) {
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const FaultConfig& fault = scenario.faults[i];
    const bool silences =
        std::holds_alternative<CrashFault>(fault.kind) || std::holds_alternative<BlackholeFault>(fault.kind);
    const ServiceConfig& service = scenario.services[fault.service];
    if (!silences || !service.inbound) continue;
    problems.push_back(fmt::format(
        "$.faults[{}]: a crash or blackhole of {}, whose instances have sidecars of their own", i, service.name));
  }
}

// All calls of a run come from one address, and bring the key that their clients' policy looks for.
void check_keys(const Scenario& scenario, Problems& problems) {
  for (const ServiceConfig& service : scenario.services) {
    if (!service.inbound || hash_key(*service.inbound) == nullptr) continue;
    problems.push_back(fmt::format("$.services.{}.inbound.balancer: one by key", service.name));
  }
  for (std::size_t i = 0; i < scenario.policies.size(); ++i) {
    const HashKeyConfig* key = hash_key(scenario.policies[i].config);
    if (key == nullptr) continue;
    if (key->source == HashKeyConfig::Source::header && known_header(key->name) != KnownHeader::other) {
      problems.push_back(fmt::format("the policy of {}: balancer.key header \"{}\", which means something else to "
                                     "HTTP (give one such as x-key)",
                                     scenario.services[i].name, key->name));
    }
    if (key->source != HashKeyConfig::Source::address) continue;
    problems.push_back(fmt::format("the policy of {}: balancer.key \"address\", which all calls share (give a header "
                                   "or a cookie)",
                                   scenario.services[i].name));
  }
}

// The proxy's connections are pooled, short ones in a pool that keeps none, and it looks for idle ones once a second. A
// handshake's time is played by the instance, which knows neither whose connection it is nor what the network would
// have done with it.
void check_connections(const Scenario& scenario, Problems& problems) {
  constexpr Duration kShortestIdle = std::chrono::seconds(10);
  std::vector<std::optional<std::uint32_t>> round_trips(scenario.services.size());
  for (const ClientConfig& client : scenario.clients) {
    const ServiceConfig& service = scenario.services[client.service];
    const std::string path = fmt::format("$.clients.{}.connections", client.name);
    const std::uint32_t needed = client.connections ? client.connections->handshake_round_trips : 0;
    if (round_trips[client.service].value_or(needed) != needed) {
      problems.push_back(fmt::format("{}: handshakes that differ from those of another client of {} (give both the same)",
                                     path, service.name));
    }
    round_trips[client.service] = needed;
    if (!client.connections) continue;
    if (client.connections->type == ConnectionType::single) {
      problems.push_back(path + ".type: single, where the proxy has a connection to each request (give pooled)");
    } else if (client.connections->type == ConnectionType::pooled && client.connections->idle_timeout < kShortestIdle) {
      problems.push_back(fmt::format("{}.idle_timeout: {} (at least {}, as the proxy looks once a second)", path,
                                     format_duration(client.connections->idle_timeout),
                                     format_duration(kShortestIdle)));
    }
    if (service.inbound) {
      problems.push_back(
          fmt::format("{}: to instances with sidecars of their own (leave connections or inbound out)", path));
    }
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
      const FaultConfig& fault = scenario.faults[i];
      if (fault.service != client.service || !std::holds_alternative<BlackholeFault>(fault.kind)) continue;
      problems.push_back(fmt::format(
          "$.faults[{}]: a blackhole of {}, to which connections are opened (leave the connections out)", i, service.name));
    }
  }
}

}  // namespace

double peak_rate(const ArrivalConfig& arrivals, Duration duration) {
  return std::visit([&](const auto& config) { return rate_of(config, duration); }, arrivals);
}

Result<bool> check_playable(const Scenario& scenario, const std::string& file) {
  Problems problems;
  if (!std::holds_alternative<NativeNetwork>(scenario.network)) {
    problems.push_back("$.network: the simgrid model (give native)");
  }
  for (const ServiceConfig& service : scenario.services) check_service(service, problems);
  check_faults(scenario, problems);
  if (!scenario.changes.empty()) problems.push_back("$.changes: instances that join or leave");
  check_keys(scenario, problems);
  check_connections(scenario, problems);
  check_sizes(scenario, problems);
  if (problems.empty()) return true;
  return Error{fmt::format("{}: can't be played for real: {}", file, fmt::join(problems, ", "))};
}

}  // namespace meshtwin
