// A scenario file as data: services, clients, network, policies, faults, expectations. Checked when loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/call/events.h"
#include "core/config/connections.h"
#include "core/config/policy.h"
#include "core/random/distributions.h"
#include "core/time.h"
#include "core/upstream/membership.h"

namespace meshtwin {

enum class Discipline : std::uint8_t {
  fifo,               // `concurrency` requests at a time, the others wait in order
  processor_sharing,  // all at once; n requests share `concurrency` processors evenly
};

// What an instance does with a request whose client has given it up.
enum class OnCancel : std::uint8_t {
  stop,    // drops it wherever it is, as servers that watch their connections do
  finish,  // serves it to the end all the same: wasted work, as most blocking servers do
};

// What an instance answers where it doesn't serve a request.
struct RefusalConfig {
  std::uint16_t status = 503;  // 429, or 500 to 599
  // When it wants the request again, in whole milliseconds as gRPC's pushback has it; below 0: never. None: it
  // doesn't say.
  std::optional<Duration> retry_after = std::nullopt;
};

// What one instance has instead of its service's values.
struct InstanceOverride {
  std::uint32_t instance = 0;
  std::optional<std::uint32_t> weight;
  std::optional<std::uint32_t> concurrency;
  std::optional<Distribution> service_time;
  std::optional<LocalityIndex> locality = std::nullopt;
  std::optional<std::uint8_t> priority = std::nullopt;
};

// A call that each request of a service makes to another service after its own service time.
struct DownstreamCall {
  std::uint32_t service = 0;  // index into Scenario::services
  double probability = 1.0;   // of each of them
  std::uint32_t times = 1;
};

// An instance's service times in each stretch of time, drawn anew for each.
struct FluctuationConfig {
  Duration every{};          // above 0
  double factor = 1;         // of the service times of requests that begin in a slow stretch; above 0
  double probability = 0.5;  // of a slow one
};

struct ServiceConfig {
  std::string name;
  std::uint32_t instances = 1;
  std::uint32_t concurrency = 1;
  std::optional<std::uint32_t> queue;  // requests waiting beyond `concurrency`; none: no bound
  RefusalConfig overflow{};              // of requests that find the queue full
  Discipline discipline = Discipline::fifo;
  Distribution service_time;
  std::uint32_t weight = 1;  // of each instance, unless overridden
  LocalityIndex locality = 0;
  std::uint8_t priority = 0;
  std::vector<InstanceOverride> overrides;
  std::vector<DownstreamCall> calls;  // the first failure answers 502 and ends the rest
  bool calls_in_parallel = false;     // else one after the other
  std::optional<FluctuationConfig> fluctuation = std::nullopt;
  std::optional<PolicyConfig> inbound = std::nullopt;  // what each instance's own sidecar does with requests
  OnCancel on_cancel = OnCancel::stop;
  bool calls_hold_worker = true;  // a request keeps its place of the concurrency while it waits for calls
  std::uint64_t request_bytes = 1000;
  std::uint64_t response_bytes = 1000;
  std::optional<ConnectionsConfig> connections = std::nullopt;  // for its calls; none: as a client's
};

struct RatePoint {
  Time at;
  double per_second = 0;
};
// Open-loop arrivals; rates are per second over all sidecars of the client.
struct PoissonArrivals {
  double rate = 0;
};
struct DeterministicArrivals {
  double rate = 0;
};
// Markov-modulated: Poisson at on_rate or off_rate, exponentially distributed stays.
struct OnOffArrivals {
  double on_rate = 0, off_rate = 0;
  Duration mean_on{}, mean_off{};
};
// Poisson with a rate that jumps (steps) or runs straight (linear) from point to point; the last one stays.
struct VaryingArrivals {
  bool linear = false;
  std::vector<RatePoint> points;
};
// Recorded arrival times since the start.
struct TraceArrivals {
  std::string file;
  std::vector<Time> times;
};
// Closed loop: each user calls, waits for the outcome, thinks, calls again.
struct ClosedArrivals {
  std::uint32_t users = 1;
  Distribution think;
};
using ArrivalConfig = std::variant<PoissonArrivals, DeterministicArrivals, OnOffArrivals, VaryingArrivals,
                                   TraceArrivals, ClosedArrivals>;

// The keys of requests, drawn for each call of a client.
struct KeysConfig {
  std::uint64_t count = 1;  // different keys, 1 to 10^12
  double zipf = 0;          // key k, from 1 on, is drawn in proportion to 1 / k^zipf; 0 to 10, 0: each alike
};

struct ClientConfig {
  std::string name;
  std::uint32_t sidecars = 1;  // each with its own core state; calls go to them uniformly at random
  std::uint32_t service = 0;   // index into Scenario::services
  ArrivalConfig arrivals;
  LocalityIndex locality = 0;  // of its sidecars
  std::uint8_t urgency = CallStart::kDefaultUrgency;  // of its calls and those that they cause
  std::optional<KeysConfig> keys = std::nullopt;  // of the requests, which hand them on to those that they cause
  std::optional<ConnectionsConfig> connections = std::nullopt;  // none: always open, and they cost nothing
};

// One-way latency of every message, drawn for each.
struct NativeNetwork {
  Distribution latency;
};

struct LinkConfig {
  double bits_per_second = 0;
  Duration latency{};
};
// Hosts in a star: each has its own link to the zone's backbone, which all traffic of the zone crosses.
struct ZoneConfig {
  std::string name;
  std::uint32_t hosts = 1;
  LinkConfig link;
  std::optional<LinkConfig> backbone;
};
struct ZoneRoute {
  std::string from, to;  // both directions
  LinkConfig link;
};
struct Placement {
  std::string party;  // a client or a service
  std::vector<std::string>
      hosts;  // its sidecars or instances go round them; a zone's name stands for its hosts
};
// Messages are flows that share the links of a SimGrid platform.
struct SimgridNetwork {
  std::string platform_file;  // empty: the inline zones and routes
  std::vector<ZoneConfig> zones;
  std::vector<ZoneRoute> routes;
  std::vector<Placement> placement;
  double latency_factor = 1;  // 1 and 1: kept-alive connections, no TCP slow start charged
  double bandwidth_factor = 1;
};
using NetworkConfig = std::variant<NativeNetwork, SimgridNetwork>;

// What the machine adds where a scenario is played for real, so that a simulation can add it as well. The
// native network alone.
struct Overheads {
  Distribution request_path;    // to each message from a sidecar to an instance; they don't overtake each other
  Distribution response_path;   // to each answer on its way back
  Distribution timer_lateness;  // to the time that each request keeps its worker
  Distribution answer_lateness; // to the answer of each request that was served, beyond that
  Distribution to_sidecar;      // to each call of a client, before its sidecar has it; they don't overtake each other
  Distribution from_sidecar;    // to its outcome, before the client has it
};

struct CrashFault {};  // requests inside are reset, connections refused until the end
struct SlowFault {
  double factor = 1;
};  // multiplies service times
struct DelayFault {
  Distribution service_time;
};  // replaces service times
struct ErrorFault {
  double rate = 0;  // share of requests that are refused at once
  RefusalConfig answer{500};
};
struct BlackholeFault {};  // messages to and from it vanish
using FaultKind = std::variant<CrashFault, SlowFault, DelayFault, ErrorFault, BlackholeFault>;

struct FaultConfig {
  Time at{};
  std::optional<Duration> lasts;  // none: to the end of the run
  std::uint32_t service = 0;
  std::optional<std::uint32_t> instance;  // none: each instance of the service
  FaultKind kind;
};

// Instances that join or leave; each sidecar learns of it after its own draw of Scenario::discovery_delay.
struct MembershipChange {
  Time at{};
  std::uint32_t service = 0;
  std::uint32_t join = 0;            // new instances, numbered on from the existing ones
  std::vector<std::uint32_t> leave;  // instances that stop taking connections after `drain`
  Duration drain = std::chrono::seconds(30);
};

enum class Comparison : std::uint8_t { less, less_equal, greater, greater_equal, equal };
// `service.metric OP value`, e.g. checkout.latency.p99 <= 80ms. Durations in milliseconds, as in results.
struct Expectation {
  std::string text;
  std::uint32_t service = 0;
  std::string metric;  // path below the service's result, e.g. latency.p99
  Comparison comparison = Comparison::less_equal;
  double value = 0;
};

// A policy as a scenario uses it: the parsed data and the SHA-256 of its canonical form (hex).
struct ServicePolicy {
  PolicyConfig config;
  std::string sha256;
};

struct Scenario {
  std::string name;
  std::string notes;
  std::uint64_t seed = 1;
  std::uint32_t replications = 1;
  Duration duration{};  // arrivals happen in [0, duration)
  Duration warmup{};    // calls due before are simulated and not counted
  std::vector<ServiceConfig> services;
  std::vector<ServicePolicy> policies;  // one a service, in the same order
  std::vector<ClientConfig> clients;
  NetworkConfig network = NativeNetwork{};
  std::optional<Overheads> overheads;
  Distribution discovery_delay;
  std::vector<std::string> localities = {""};  // their names, by LocalityIndex; 0: nobody said where
  std::vector<FaultConfig> faults;
  std::vector<MembershipChange> changes;
  std::vector<Expectation> expect;
};

// Whether some of those that call the service have connections that are opened.
bool has_connections(const Scenario& scenario, std::uint32_t service);

}  // namespace meshtwin
