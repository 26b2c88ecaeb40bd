// The balancers of a policy file as data. Every field has its default here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/time.h"

namespace meshtwin {

// Balancers, one struct each; policies/catalog.cc has the algorithm behind each of them.
struct RandomConfig {};
struct WeightedRandomConfig {};
struct RoundRobinConfig {};
struct WeightedRoundRobinConfig {};
inline constexpr std::uint32_t kMaxChoices = 16;
struct LeastRequestConfig {
  // Distinct endpoints drawn for each pick (2 to kMaxChoices); none: a scan of all of them, linear in their
  // number.
  std::optional<std::uint32_t> choices = 2;
  // How strongly active requests count against an endpoint's weight: score = weight / (active + 1)^bias.
  double active_request_bias = 1.0;
};
struct PeakEwmaConfig {
  std::uint32_t choices = 2;                 // distinct endpoints drawn for each pick, 2 to kMaxChoices
  Duration decay = std::chrono::seconds(10);  // the time after which a latency weighs 1/e, above 0
  Duration default_rtt = std::chrono::milliseconds(30);  // of an endpoint without a latency, at least 0
};
struct JoinIdleQueueConfig {};
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
struct RingHashConfig {
  HashKeyConfig key;
  std::uint32_t minimum_ring_size = 1024;     // points at least, 1 to maximum_ring_size
  std::uint32_t maximum_ring_size = 8388608;  // points at most, but for one of each endpoint; to 8388608
  std::optional<std::uint32_t> hash_balance_factor;  // percent of an endpoint's even part, 100 to 10,000; none: unbounded
};
struct MaglevConfig {
  HashKeyConfig key;
  std::uint32_t table_size = 65537;  // a prime from 3 to 5000011; well above the number of endpoints
  std::optional<std::uint32_t> hash_balance_factor;  // as above
};
using BalancerConfig = std::variant<RandomConfig, WeightedRandomConfig, RoundRobinConfig,
                                    WeightedRoundRobinConfig, LeastRequestConfig, PeakEwmaConfig,
                                    RingHashConfig, MaglevConfig, JoinIdleQueueConfig>;

// How requests get their keys; null for balancers that have no use for keys.
const HashKeyConfig* hash_key(const BalancerConfig& balancer);

}  // namespace meshtwin
