// A proxy's configuration as data: what it listens on, where requests go, and by which policies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/config/policy.h"
#include "core/time.h"
#include "real/net/address.h"

namespace meshtwin {

// A header that a request must have; with a value: exactly that one.
struct HeaderMatch {
  std::string name;  // in lower case
  std::optional<std::string> value;
};

// The first route of a listener that fits decides. Empty parts fit every request.
struct RouteConfig {
  std::string host;         // without port, in lower case; "*.example.org" fits every name below it
  std::string path_prefix;  // whole segments: "/a" fits "/a" and "/a/b", not "/ab"
  std::vector<HeaderMatch> headers;
  std::string upstream;
};

// What the proxy says of the client to the upstream.
enum class ForwardedFor : std::uint8_t {
  append,  // adds the peer's address to X-Forwarded-For (a mesh's inside)
  set,     // replaces what the client sent (an edge)
  off,     // passes it through
};

// Of what passes a listener, as a server's load.
struct LoadReportsConfig {
  std::optional<std::uint32_t> concurrency;  // requests that are worked on at a time; none: no utilization is told
};

struct ListenerConfig {
  enum class Direction : std::uint8_t { outbound, inbound, gateway };
  std::string name;
  Address address;
  Direction direction = Direction::outbound;
  std::vector<RouteConfig> routes;
  ForwardedFor forwarded_for = ForwardedFor::append;
  bool heeds_deadlines = true;  // that requests bring along; false by default for gateways, whose clients are anybody
  std::string via = "meshtwin";  // the pseudonym in Via; empty: no Via
  // Load reports with each response, and at kLoadReportPath. Without, what an endpoint reports is passed on by inbound
  // listeners alone.
  std::optional<LoadReportsConfig> load_reports = std::nullopt;
  // For tests and experiments: responses say in x-meshtwin-call how their call went.
  bool call_report = false;
  std::uint32_t connections_max = 20'000;            // further ones wait in the kernel's queue
  std::uint32_t head_bytes_max = 32 * 1024;          // of a request's head; beyond: 431
  Duration head_timeout = std::chrono::seconds(10);  // from a head's first byte to its last
  Duration idle_timeout = std::chrono::seconds(60);  // between requests
  Duration body_timeout = std::chrono::seconds(30);  // the time in which body_bytes_min have to move
  std::uint32_t body_bytes_min = 256;
};

struct EndpointConfig {
  std::string name;  // as results and metrics call it, e.g. checkout/3; the address where none is given
  Address address;
  std::uint32_t weight = 1;
  std::uint8_t priority = 0;     // 0 comes first, where the policy has `priorities`
  std::string locality = {};     // where it is, where the policy has `locality`
  bool draining = false;         // gets no new requests
  friend bool operator==(const EndpointConfig&, const EndpointConfig&) = default;
};

struct StaticDiscovery {
  std::vector<EndpointConfig> endpoints;
};
struct DnsDiscovery {
  enum class Record : std::uint8_t { a, srv };
  std::string host;
  std::uint16_t port = 0;  // of A and AAAA records; SRV records bring their own
  Record record = Record::a;
  Duration refresh = std::chrono::seconds(5);
};
// A JSON file with a list of endpoints, read again whenever it changes.
struct FileDiscovery {
  std::string path;
};
using DiscoveryConfig = std::variant<StaticDiscovery, DnsDiscovery, FileDiscovery>;

struct HealthProbeConfig {
  enum class Type : std::uint8_t { http, tcp };
  Type type = Type::http;
  std::string path = "/";
  Duration interval = std::chrono::seconds(5);
  Duration timeout = std::chrono::seconds(2);
  std::uint32_t healthy_threshold = 2;
  std::uint32_t unhealthy_threshold = 3;
};

struct UpstreamConfig {
  std::string name;
  PolicyConfig policy;
  std::string policy_sha256;
  DiscoveryConfig discovery;
  std::optional<HealthProbeConfig> health_check;
  // Of the random stream of picks, so that a run can be repeated; none: drawn from the system at start.
  // Another one is taken up with a new core, as another policy is.
  std::optional<std::uint64_t> seed;
  std::string locality;  // the proxy's; another one is taken up with a new core, too
  Duration connect_timeout = std::chrono::seconds(5);
  Duration idle_timeout = std::chrono::seconds(55);  // of pooled connections
  std::uint32_t idle_connections_max = 256;          // kept for each endpoint by each worker
  // Tells the endpoint the attempt's number within its call, from 0, in x-meshtwin-attempt.
  bool attempt_header = false;
  // Tells the endpoint how long the attempt is waited for, in x-envoy-expected-rq-timeout-ms.
  bool propagates_deadline = true;
};

struct AdminConfig {
  Address address = Address::loopback(0);
};
struct AccessLogConfig {
  std::string path = "-";  // "-": stdout
  bool query = false;      // whether paths are logged with their query, which may hold secrets
  double sample = 1;       // share of the calls that are logged; failed ones always are
};
struct JournalConfig {
  std::string folder;
  std::uint64_t bytes_max = 1'000'000'000;       // of all files of all workers together
  std::uint64_t segment_bytes = 64'000'000;      // of one file
};

struct ProxyConfig {
  std::string name = "proxy";
  std::uint32_t workers = 1;
  std::string locality;  // where it runs
  std::vector<ListenerConfig> listeners;
  std::vector<UpstreamConfig> upstreams;
  std::optional<AdminConfig> admin;
  std::optional<AccessLogConfig> access_log;
  std::optional<JournalConfig> journal;
  std::uint32_t explain_decisions = 64;  // kept by each worker for each upstream
  Duration drain = std::chrono::seconds(30);
  std::string version;  // SHA-256 of the file's text and of its policies, to tell configurations apart
};

using ProxyConfigPtr = std::shared_ptr<const ProxyConfig>;

}  // namespace meshtwin
