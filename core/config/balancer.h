// The balancers of a policy file as data. Every field has its default here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/time.h"

namespace meshtwin {

// What a request's key is made of: requests with the same one go to the same endpoint. The simulation draws keys
// (`keys` of a client), whatever they are made of.
struct HashKeyConfig {
  enum class Source : std::uint8_t {
    address,  // of the client's connection
    header,   // the value of the header field `name`
    cookie,   // the value of the cookie `name`
  };
  Source source = Source::address;
  std::string name;  // of the header field, in lower case, or of the cookie
};

// Balancers, one struct each; policies/catalog.cc has the algorithm behind each of them.
struct RandomConfig {};
struct WeightedRandomConfig {};
struct RoundRobinConfig {};
struct WeightedRoundRobinConfig {};
inline constexpr std::uint32_t kMaxChoices = 16;
struct LeastRequestConfig {
  // Endpoints drawn for each pick, 2 to kMaxChoices, distinct without `replacement`; none: a scan of all of them, linear
  // in their number.
  std::optional<std::uint32_t> choices = 2;
  // How strongly active requests count against an endpoint's weight: score = weight / (active + 1)^bias.
  double active_request_bias = 1.0;
  // How often the active requests are looked at, above 0: picks go by the last look. None: as they are. This is
  // load information that is told from time to time, for those who ask what its age does.
  std::optional<Duration> load_update_interval = std::nullopt;
  // `choices` are drawn with replacement, as Envoy's are: the same endpoint may come up again. Not with a scan.
  bool replacement = false;
  // With `choices`: those compared are the key's replicas (ReplicaRing) in place of random ones. Below as well.
  std::optional<HashKeyConfig> replicas_of = std::nullopt;
};
struct PeakEwmaConfig {
  std::uint32_t choices = 2;                 // distinct endpoints drawn for each pick, 2 to kMaxChoices
  Duration decay = std::chrono::seconds(10);  // the time after which a latency weighs 1/e, above 0
  Duration default_rtt = std::chrono::milliseconds(30);  // of an endpoint without a latency, at least 0
  std::optional<HashKeyConfig> replicas_of = std::nullopt;
};
struct JoinIdleQueueConfig {};
// What a pick among answers to probes goes by; see PrequalBalancer for the terms.
struct PrequalConfig {
  double probes_per_call = 3;     // 0.01 to kMaxChoices, in the mean
  double removals_per_call = 1;   // of answers from the pool, 0 to kMaxChoices, in the mean
  std::uint32_t pool_size = 16;   // answers that are kept, 2 to 128
  Duration probe_lifetime = std::chrono::seconds(1);  // above 0
  double rif_quantile = 0.84;     // of requests in flight, above which an endpoint is hot; 0 to 1
  double delta = 1;               // how much more answers are used than come in, 0 to 1000
};
// How fast a client sends to each endpoint; see CubicRate.
struct C3RateControl {
  Duration interval = std::chrono::milliseconds(20);  // at least 1 ms
  double initial_rate = 10;                           // requests an interval, 0.01 to 10^6
  double decrease = 0.2;                              // share of the rate, above 0, below 1
  double step_max = 10;                               // requests an interval, above 0, to 10^6
  Duration saddle = std::chrono::milliseconds(100);   // from a fall to the rate before it; above 0
};
struct C3Config {
  std::uint32_t choices = 3;  // distinct endpoints drawn for each pick, 2 to kMaxChoices
  // That send to the service like this one: each request under way counts for all of them; 1 to 10^6.
  double clients = 1;
  double smoothing = 0.1;     // weight of an average's past at each new value; 0 to below 1
  std::optional<C3RateControl> rate_control = std::nullopt;  // for clients that send tens of requests an interval
  std::optional<HashKeyConfig> replicas_of = std::nullopt;
};
struct OrcaWeightedRoundRobinConfig {
  Duration blackout_period = std::chrono::seconds(10);             // before an endpoint's weight counts, at least 0
  Duration weight_expiration_period = std::chrono::minutes(3);     // above 0
  Duration weight_update_period = std::chrono::seconds(1);         // at least 100 ms
  double error_utilization_penalty = 1;                            // 0 to 1000
};
// Two choices among as many endpoints as keep each of them about one request busy.
struct ApertureConfig {
  // Requests under way an endpoint at or below which the aperture narrows, and at or above which it widens; at least 0,
  // the second one above the first.
  double low_load = 0.875;
  double high_load = 1.125;
  Duration smoothing = std::chrono::seconds(15);  // of the requests under way, above 0
  std::uint32_t min_size = 12;                    // endpoints, at least 1
};
struct RingHashConfig {
  HashKeyConfig key;
  std::uint32_t minimum_ring_size = 1024;     // points at least, 1 to maximum_ring_size
  std::uint32_t maximum_ring_size = 8388608;  // points at most; more endpoints than that get no keys; to 8388608
  // Percent of an endpoint's even part at which it is full, 100 to 10,000; none: it never is.
  std::optional<std::uint32_t> hash_balance_factor;
};
struct MaglevConfig {
  HashKeyConfig key;
  std::uint32_t table_size = 65537;  // a prime from 3 to 5000011; well above the number of endpoints
  std::optional<std::uint32_t> hash_balance_factor;  // as above
};
using BalancerConfig = std::variant<RandomConfig, WeightedRandomConfig, RoundRobinConfig,
                                    WeightedRoundRobinConfig, LeastRequestConfig, PeakEwmaConfig,
                                    RingHashConfig, MaglevConfig, JoinIdleQueueConfig, PrequalConfig,
                                    C3Config, OrcaWeightedRoundRobinConfig, ApertureConfig>;

// How requests get their keys; null for balancers that have no use for keys.
const HashKeyConfig* hash_key(const BalancerConfig& balancer);

}  // namespace meshtwin
