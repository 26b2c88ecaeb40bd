#include "core/config/policy_file.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/random/stream.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

PolicyConfig policy_of(std::string_view text) {
  Result<PolicyConfig> policy = parse_policy(text, "p.json");
  INFO((policy ? "" : policy.error().message));
  REQUIRE(policy.ok());
  return std::move(policy).value();
}

std::string error_of(std::string_view text) {
  const Result<PolicyConfig> policy = parse_policy(text, "p.json");
  return policy ? "no error" : policy.error().message;
}

constexpr const char* kFull = R"({
  "balancer": {"type": "least_request", "choices": 3, "active_request_bias": 0.5, "load_update_interval": "10s",
               "replacement": true},
  "timeout": "1s",
  "retry": {"max_attempts": 3, "per_try_timeout": "300ms", "on": ["connect", "reset", "5xx", "timeout"], "host": "other",
            "backoff": {"type": "exponential", "base": "25ms", "max": "250ms", "jitter": "full"},
            "budget": {"ratio": 0.2, "min_per_second": 10, "ttl": "10s"}},
  "hedge": {"after": "10ms", "max": 2},
  "breaker": {"type": "window", "window": "10s", "max_failures": 20, "open": "5s", "probes": 3, "scope": "endpoint"},
  "limits": {"connections": 1024, "pending": 1024, "requests": 1024, "retries": 3}})";

}  // namespace

TEST_CASE("a full policy is read into its data") {
  const PolicyConfig policy = policy_of(kFull);
  const auto& balancer = std::get<LeastRequestConfig>(policy.balancer);
  CHECK(balancer.choices == 3u);
  CHECK(balancer.active_request_bias == 0.5);
  CHECK(balancer.load_update_interval == 10s);
  CHECK(balancer.replacement);
  CHECK(policy.timeout == 1s);
  CHECK(policy.retry.max_attempts == 3);
  CHECK(policy.retry.per_try_timeout == 300ms);
  CHECK(policy.retry.on == (RetryOn::connect | RetryOn::reset | RetryOn::error_5xx | RetryOn::timeout));
  CHECK(policy.retry.host == RetryHost::other);
  CHECK(policy.retry.methods == RetryMethods::idempotent);
  CHECK(std::get<ExponentialBackoff>(policy.retry.backoff).max == 250ms);
  CHECK(std::get<WindowRetryBudget>(policy.retry.budget).ttl == 10s);
  CHECK(policy.hedge->after == 10ms);
  CHECK(policy.hedge->max == 2);
  CHECK(policy.breaker->scope == WindowBreakerConfig::Scope::endpoint);
  CHECK(policy.limits.retries == 3u);
}

TEST_CASE("balancers and kinds are told apart by their type") {
  CHECK(std::holds_alternative<RandomConfig>(policy_of(R"({"balancer": {"type": "random"}})").balancer));
  CHECK(std::holds_alternative<WeightedRandomConfig>(
      policy_of(R"({"balancer": {"type": "weighted_random"}})").balancer));
  CHECK(std::holds_alternative<RoundRobinConfig>(
      policy_of(R"({"balancer": {"type": "round_robin"}})").balancer));
  CHECK(std::holds_alternative<WeightedRoundRobinConfig>(
      policy_of(R"({"balancer": {"type": "weighted_round_robin"}})").balancer));
  const auto all = policy_of(R"({"balancer": {"type": "least_request", "choices": "all"}})");
  CHECK_FALSE(std::get<LeastRequestConfig>(all.balancer).choices.has_value());
  const auto bucket =
      policy_of(R"({"retry": {"budget": {"type": "bucket", "per_success": 0.1, "capacity": 50}}})");
  CHECK(std::get<BucketRetryBudget>(bucket.retry.budget).capacity == 50);
  CHECK(policy_of(R"({"retry": {"methods": "all"}})").retry.methods == RetryMethods::all);
  CHECK(policy_of(R"({"retry": {"max_attempts": 1, "on": ["5xx"]}})").retry.on == RetryOn::error_5xx);
}

TEST_CASE("balancers that learn or hash, and outlier detection, are read into their data") {
  const auto ewma = std::get<PeakEwmaConfig>(
      policy_of(R"({"balancer": {"type": "peak_ewma", "choices": 3, "decay": "5s", "default_rtt": "0s"}})").balancer);
  CHECK(ewma.choices == 3);
  CHECK(ewma.decay == 5s);
  CHECK(ewma.default_rtt == 0s);
  const auto ring = std::get<RingHashConfig>(
      policy_of(R"({"balancer": {"type": "ring_hash", "key": {"header": "X-User"}, "minimum_ring_size": 64,
                                 "maximum_ring_size": 4096, "hash_balance_factor": 125}})")
          .balancer);
  CHECK(ring.key.source == HashKeyConfig::Source::header);
  CHECK(ring.key.name == "x-user");
  CHECK(ring.minimum_ring_size == 64);
  CHECK(ring.maximum_ring_size == 4096);
  CHECK(ring.hash_balance_factor == 125u);
  const auto c3 = std::get<C3Config>(
      policy_of(R"({"balancer": {"type": "c3", "replicas_of": {"header": "X-Key"}}})").balancer);
  CHECK(c3.replicas_of->name == "x-key");
  CHECK(c3.smoothing == 0.1);
  const auto maglev = std::get<MaglevConfig>(
      policy_of(R"({"balancer": {"type": "maglev", "key": {"cookie": "Session"}, "table_size": 251}})").balancer);
  CHECK(maglev.key.source == HashKeyConfig::Source::cookie);
  CHECK(maglev.key.name == "Session");
  CHECK(maglev.table_size == 251);
  const OutlierConfig outlier =
      *policy_of(R"({"outlier": {"consecutive_failures": 5, "interval": "1s", "base_ejection": "2s",
                                 "max_ejection": "20s", "max_ejected": 0.5, "success_rate": {"stdev_factor": 1500},
                                 "failure_percentage": {"threshold": 50, "minimum_hosts": 2, "request_volume": 9}}})")
           .outlier;
  CHECK(outlier.consecutive_failures == 5u);
  CHECK(outlier.interval == 1s);
  CHECK(outlier.base_ejection == 2s);
  CHECK(outlier.max_ejection == 20s);
  CHECK(outlier.max_ejected == 0.5);
  CHECK(outlier.success_rate->stdev_factor == 1500);
  CHECK(outlier.success_rate->request_volume == 100);
  CHECK(outlier.failure_percentage->threshold == 50);
}

TEST_CASE("hedging by percentile and admission are read into their data") {
  const HedgeConfig hedge =
      *policy_of(R"({"hedge": {"after": "p99.9", "budget": {"ratio": 0.01, "min_per_second": 1, "ttl": "20s"}}})").hedge;
  CHECK(hedge.percentile == 99.9);
  CHECK(hedge.budget->ratio == 0.01);
  CHECK(hedge.budget->min_per_second == 1);
  CHECK(hedge.budget->ttl == 20s);
  CHECK_FALSE(policy_of(R"({"hedge": {"after": "10ms"}})").hedge->budget);
  CHECK(policy_of(R"({"hedge": {"after": "10ms", "budget": {}}})").hedge->budget->ratio == 0.05);
  const AdmissionConfig admission =
      policy_of(R"({"admission": {"rate_limit": {"rate": 100, "burst": 20},
                                  "adaptive_throttling": {"multiplier": 1.5, "window": "30s"}}})")
          .admission;
  CHECK(admission.rate_limit->rate == 100);
  CHECK(admission.rate_limit->burst == 20);
  CHECK(admission.adaptive_throttling->multiplier == 1.5);
  CHECK(admission.adaptive_throttling->window == 30s);
}

TEST_CASE("a canonical policy reads back as itself, whatever it holds") {
  for (const char* text :
       {R"({"balancer": {"type": "peak_ewma", "decay": "1500ms"}})",
        R"({"balancer": {"type": "ring_hash", "key": {"header": "x-user"}, "hash_balance_factor": 150}})",
        R"({"balancer": {"type": "maglev", "key": {"cookie": "s"}, "table_size": 7}})",
        R"({"balancer": {"type": "maglev", "key": "address"}})",
        R"({"outlier": {"consecutive_failures": 3, "success_rate": {}, "failure_percentage": {}}})",
        R"({"balancer": {"type": "prequal", "rif_quantile": 0.7}, "subset": {"size": 3}, "slow_start": {}})",
        R"({"balancer": {"type": "c3", "rate_control": "off"}, "priorities": {"panic_threshold": 0}})",
        R"({"balancer": {"type": "c3", "replicas_of": {"header": "x-key"}}})",
        R"({"balancer": {"type": "least_request", "choices": 3, "replicas_of": {"cookie": "s"}}})",
        R"({"balancer": {"type": "peak_ewma", "replicas_of": "address"}})",
        R"({"balancer": {"type": "c3", "smoothing": 0.5}, "locality": {"prefer": "weight"}})",
        R"({"balancer": {"type": "orca_weighted_round_robin", "blackout_period": "0s"}})",
        R"({"balancer": {"type": "aperture", "min_size": 3}, "retry": {"max_attempts": 2, "on": ["429"]}})",
        R"({"limits": {"connections": 5}, "admission": {"codel": {}, "priority_shedding": {"max_wait": "1ms"},
            "adaptive_concurrency": {"type": "aimd", "max_latency": "1s"}}})",
        R"({"admission": {"adaptive_concurrency": {"min_limit": 4, "buffer": 0.5}}})",
        R"({"shadow": {"balancer": {"type": "peak_ewma"}, "breaker": {}, "outlier": {"consecutive_failures": 3},
            "limits": {"requests": 5}, "admission": {"rate_limit": {"rate": 5}}}})",
        R"({"shadow": {"balancer": {"type": "prequal"}, "limits": {"connections": 5}, "admission": {"codel": {}}}})",
        R"({"limits": {"connections": 5}, "shadow": {"admission": {"priority_shedding": {}}}})",
        R"({"hedge": {"after": "p99.9", "max": 2, "budget": {}}})",
        R"({"admission": {"rate_limit": {"rate": 0.5}, "adaptive_throttling": {}}})"}) {
    const std::string canonical = canonical_policy_text(policy_of(text));
    CHECK(canonical_policy_text(policy_of(canonical)) == canonical);
  }
}

TEST_CASE("requests get their keys as the balancer says, else as the shadow's does") {
  CHECK(hash_key(policy_of(R"({"shadow": {"breaker": {}}})")) == nullptr);
  const PolicyConfig dark = policy_of(
      R"({"balancer": {"type": "random"}, "shadow": {"balancer": {"type": "maglev", "key": {"header": "x-user"}}}})");
  REQUIRE(hash_key(dark) != nullptr);
  CHECK(hash_key(dark)->name == "x-user");
  CHECK(only_shadow_hashes(dark));
  const PolicyConfig both = policy_of(R"({"balancer": {"type": "maglev", "key": {"header": "x-shop"}},
                                         "shadow": {"balancer": {"type": "maglev", "key": {"header": "x-user"}}}})");
  CHECK(hash_key(both)->name == "x-shop");
  CHECK_FALSE(only_shadow_hashes(both));
}

TEST_CASE("bad policies say file, path, value and remedy") {
  const auto [text, message] = GENERATE(table<std::string, std::string>({
      {R"({"balancr": {"type": "random"}})",
       "p.json: $.balancr: unknown key \"balancr\"; did you mean \"balancer\"? (known here: $schema, "
       "admission, balancer, breaker, "
       "hedge, limits, locality, notes, outlier, priorities, retry, shadow, slow_start, subset, timeout)"},
      {R"({"balancer": {"type": "least_reqest"}})",
       "p.json: $.balancer.type: \"least_reqest\" is not known; did you mean \"least_request\"? (give "
       "random, "
       "weighted_random, round_robin, weighted_round_robin, least_request, peak_ewma, ring_hash, maglev, "
       "join_idle_queue, prequal, c3, orca_weighted_round_robin or aperture)"},
      {R"({"balancer": {"type": "aperture", "low_load": 2}})",
       "p.json: $.balancer.low_load: 2 makes low_load 2 no lower than high_load 1.125; give a band"},
      {R"({"balancer": {"type": "c3", "rate_control": "on"}})",
       "p.json: $.balancer.rate_control: \"on\" is not known (give off)"},
      {R"({"balancer": {"type": "orca_weighted_round_robin", "weight_update_period": "99ms"}})",
       "p.json: $.balancer.weight_update_period: \"99ms\" is too short; give at least 100ms"},
      {R"({"shadow": {"admission": {"priority_shedding": {}}}})",
       "p.json: $.shadow.admission.priority_shedding: goes by how long calls wait for a place, and without "
       "limits.connections none waits; add that limit"},
      {R"({"admission": {"codel": {}}})",
       "p.json: $.admission.codel: goes by how long calls wait for a place, and without limits.connections none "
       "waits; add that limit"},
      {R"({"admission": {"codel": {"target": "1s"}}})",
       "p.json: $.admission.codel: the interval 100ms isn't longer than the target 1s; give one of about 20 times "
       "the target"},
      {R"({"admission": {"adaptive_concurrency": {"min_limit": 9, "max_limit": 5}}})",
       "p.json: $.admission.adaptive_concurrency.min_limit: 9 makes min_limit 9 more than max_limit 5"},
      {R"({"balancer": {"type": "peak_ewma", "decay": "0s"}})",
       "p.json: $.balancer.decay: \"0s\" is no time at all; give a duration above 0, such as \"10ms\""},
      {R"({"balancer": {"type": "maglev", "table_size": 65536}})",
       "p.json: $.balancer.table_size: 65536 isn't a prime number; the next one is 65537"},
      {R"({"balancer": {"type": "ring_hash", "minimum_ring_size": 100, "maximum_ring_size": 64}})",
       "p.json: $.balancer.minimum_ring_size: 100 is more than maximum_ring_size, 64; give at most that"},
      {R"({"balancer": {"type": "ring_hash", "hash_balance_factor": 99}})",
       "p.json: $.balancer.hash_balance_factor: 99 is out of range; give a whole number from 100 to 10000"},
      {R"({"balancer": {"type": "least_request", "choices": "all", "replicas_of": "address"}})",
       "p.json: $.balancer.replicas_of: all are compared, so that replicas make no difference; give choices as a "
       "number, or leave it out"},
      {R"({"balancer": {"type": "maglev", "key": "adress"}})",
       "p.json: $.balancer.key: \"adress\" is not known; did you mean \"address\"? (give address)"},
      {R"({"balancer": {"type": "maglev", "key": {"header": "x", "cookie": "y"}}})",
       "p.json: $.balancer.key: a key is one thing; give \"address\", {\"header\": \"x-user\"} or {\"cookie\": "
       "\"session\"}"},
      {R"({"balancer": {"type": "maglev", "key": {"header": "x user"}}})",
       "p.json: $.balancer.key.header: \"x user\" isn't a name; give letters, digits and hyphens, such as "
       "\"x-user\""},
      {R"({"balancer": {"type": "random", "choices": 2}})",
       "p.json: $.balancer.choices: unknown key \"choices\" (known here: notes, type)"},
      {R"({"balancer": "random"})",
       "p.json: $.balancer: \"random\" isn't an object; write {\"type\": \"random\"}"},
      {R"({"balancer": {}})",
       "p.json: $.balancer: the key \"type\" is missing; add it, such as \"type\": \"least_request\""},
      {R"({"balancer": {"type": "least_request", "choices": 1}})",
       "p.json: $.balancer.choices: 1 is out of range; give a whole number from 2 to 16"},
      {R"({"balancer": {"type": "least_request", "load_update_interval": "0s"}})",
       "p.json: $.balancer.load_update_interval: \"0s\" is no time at all; give a duration above 0, such as \"10ms\""},
      {R"({"balancer": {"type": "least_request", "replacement": 1}})",
       "p.json: $.balancer.replacement: 1 is neither true nor false; give one of them, without quotes"},
      {R"({"balancer": {"type": "least_request", "replacement": true, "choices": "all"}})",
       "p.json: $.balancer.replacement: true is about choices that are drawn, and \"all\" draws none; take one of the "
       "two out"},
      {R"({"timeout": 10})", "p.json: $.timeout: 10 has no unit; write a duration such as \"10ms\""},
      {R"({"timeout": "0s"})",
       "p.json: $.timeout: \"0s\" is no time at all; give a duration above 0, such as \"10ms\""},
      {R"({"timeout": "1sec"})",
       "p.json: $.timeout: \"1sec\" isn't a duration; the unit is one of ns, us, ms, s, m or h, such as "
       "\"10ms\""},
      {R"({"timeout": null})", "p.json: $.timeout: null isn't a duration; write one such as \"10ms\""},
      {R"({"retry": {"max_attempts": 9, "on": ["5xx"]}})",
       "p.json: $.retry.max_attempts: 9 is out of range; give a whole number from 1 to 8"},
      {R"({"retry": {"max_attempts": 2.5, "on": ["5xx"]}})",
       "p.json: $.retry.max_attempts: 2.5 isn't a whole number; give a whole number from 1 to 8"},
      {R"({"retry": {"max_attempts": "3"}})",
       "p.json: $.retry.max_attempts: \"3\" isn't a whole number; give a whole number from 1 to 8"},
      {R"({"retry": {"max_attempts": 2}})",
       "p.json: $.retry: max_attempts is 2, but nothing would be retried; add \"on\" with failures of "
       "connect, reset, 5xx, timeout, 429"},
      {R"({"retry": {"on": ["5xx", "5xx"]}})",
       "p.json: $.retry.on[1]: \"5xx\" is there twice; name each failure once"},
      {R"({"retry": {"on": ["500"]}})",
       "p.json: $.retry.on[0]: \"500\" is not known (give connect, reset, 5xx, timeout or 429)"},
      {R"({"retry": {"methods": "idempotant"}})",
       "p.json: $.retry.methods: \"idempotant\" is not known; did you mean \"idempotent\"? (give idempotent or "
       "all)"},
      {R"({"retry": {"backoff": {"base": "1s"}}})",
       "p.json: $.retry.backoff: base 1s is longer than max 250ms; give a max of at least the base"},
      {R"({"retry": {"budget": {"ratio": -0.1}}})",
       "p.json: $.retry.budget.ratio: -0.1 is out of range; give a number from 0 to 1000"},
      {R"({"timeout": "1s", "retry": {"per_try_timeout": "2s"}})",
       "p.json: $.retry.per_try_timeout: 2s is longer than the call's timeout of 1s; give at most that"},
      {R"({"retry": {"max_attempts": 6, "on": ["5xx"]}, "hedge": {"after": "1ms", "max": 3}})",
       "p.json: $.hedge: max 3 and retry.max_attempts 6 make more than 8 attempts of one call; lower one of "
       "them"},
      {R"({"hedge": {"after": "p100"}})",
       "p.json: $.hedge.after: \"p100\" isn't a percentile; give one such as \"p95\", or a duration such as "
       "\"10ms\""},
      {R"({"admission": {"rate_limit": {"burst": 5}}})",
       "p.json: $.admission.rate_limit: the key \"rate\" is missing; add it, such as \"rate\": 100"},
      {R"({"admission": {"adaptive_throttling": {"multiplier": 0.5}}})",
       "p.json: $.admission.adaptive_throttling.multiplier: 0.5 is out of range; give a number from 1 to 1000"},
      {R"({"hedge": {"aftr": "10ms"}})",
       "p.json: $.hedge.aftr: unknown key \"aftr\"; did you mean \"after\"? (known here: after, budget, max, "
       "notes)"},
      {R"({"outlier": {"interval": "1s"}})",
       "p.json: $.outlier: nothing would be ejected; add consecutive_failures, such as 5, success_rate or "
       "failure_percentage"},
      {R"({"outlier": {"consecutive_failures": 5, "interval": "1us"}})",
       "p.json: $.outlier.interval: \"1us\" is too short; give at least 10ms"},
      {R"({"outlier": {"failure_percentage": {"threshold": 101}}})",
       "p.json: $.outlier.failure_percentage.threshold: 101 is out of range; give a whole number from 0 to 100"},
      {R"({"tls": {"mode": "mtls"}})", "p.json: $.tls: \"tls\" is not supported yet; leave it out"},
      {R"({"limits": {"connections": 0}})",
       "p.json: $.limits.connections: 0 is out of range; give a whole number from 1 to 1000000000"},
      {R"({"breaker": {"scope": true}})",
       "p.json: $.breaker.scope: true isn't a word; give service or endpoint"},
      {R"([1])", "p.json: $: a list of 1 isn't an object; put its keys and values in { }"},
  }));
  CHECK(error_of(text) == message);
}

TEST_CASE("a long value is shortened in the message") {
  const std::string message = error_of("{\"timeout\": \"" + std::string(10'000, 'x') + "\"}");
  CHECK(message.size() < 250);
  CHECK(error_of("{\"" + std::string(10'000, 'x') + "\": 1}").size() < 350);
}

TEST_CASE("policies that mean the same have the same hash") {
  const std::string hash = policy_sha256(policy_of(kFull));
  CHECK(policy_sha256(policy_of(R"({
    "notes": "why it is so", "$schema": "x", "limits": {"retries": 3, "requests": 1024, "pending": 1024, "connections": 1024},
    "breaker": {"scope": "endpoint"}, "hedge": {"max": 2, "after": "10000us"},
    "retry": {"budget": {}, "backoff": {}, "host": "other", "on": ["timeout", "5xx", "reset", "connect"],
              "per_try_timeout": "0.3s", "max_attempts": 3.0},
    "timeout": "1000ms", "balancer": {"active_request_bias": 5e-1, "type": "least_request",
                                       "load_update_interval": "10000ms", "replacement": true, "choices": 3}})")) ==
        hash);
  const std::string defaults = policy_sha256(PolicyConfig{});
  CHECK(policy_sha256(policy_of("{}")) == defaults);
  CHECK(policy_sha256(
            policy_of(R"({"balancer": {"type": "least_request"}, "retry": {"budget": {"type": "none"}}})")) ==
        defaults);
  CHECK(policy_sha256(policy_of(R"({"balancer": {"type": "least_request", "replacement": false}})")) == defaults);
  CHECK(policy_sha256(policy_of(R"({"balancer": {"type": "least_request", "replacement": true}})")) != defaults);
  CHECK(policy_sha256(policy_of(R"({"retry": {"methods": "idempotent"}})")) == defaults);
  CHECK(policy_sha256(policy_of(R"({"retry": {"methods": "all"}})")) != defaults);
  CHECK(policy_sha256(policy_of(R"({"timeout": "1s"})")) != defaults);
  CHECK(policy_sha256(policy_of(R"({"limits": {"pending": 0}})")) != defaults);
}

// These pin the canonical form: a change of either breaks every hash that users have written down.
TEST_CASE("the canonical text and the hash of the defaults stay what they are") {
  CHECK(
      canonical_policy_text(PolicyConfig{}) ==
      R"({"balancer":{"active_request_bias":1,"choices":2,"type":"least_request"},)"
      R"("retry":{"backoff":{"type":"none"},"budget":{"type":"none"},"host":"any","max_attempts":1,"on":[]}})");
  CHECK(policy_sha256(PolicyConfig{}) == "cfb390a3c139643b9dba7a3d73f12d389d9403e4b363141ecf3c391799616d10");
}

namespace {

class RandomPolicies {
 public:
  explicit RandomPolicies(std::uint64_t seed) : stream_(seed) {}

  PolicyConfig next() {
    PolicyConfig out;
    const std::uint64_t balancer = below(6);
    if (balancer == 0) out.balancer = RandomConfig{};
    if (balancer == 1) out.balancer = WeightedRandomConfig{};
    if (balancer == 2) out.balancer = RoundRobinConfig{};
    if (balancer == 3) out.balancer = WeightedRoundRobinConfig{};
    if (balancer == 4) out.balancer = LeastRequestConfig{std::nullopt, number(100)};
    if (balancer == 5) out.balancer = LeastRequestConfig{count(2, 16), number(100), duration(), coin()};
    if (coin()) out.timeout = 1h + duration();
    out.retry = retry();
    if (coin()) out.hedge = HedgeConfig{duration(), count(1, kMaxAttempts - out.retry.max_attempts)};
    if (coin())
      out.breaker = WindowBreakerConfig{
          duration(), count(0, 1000), duration(), count(1, 9),
          coin() ? WindowBreakerConfig::Scope::service : WindowBreakerConfig::Scope::endpoint};
    if (coin()) out.limits.connections = count(1, 1'000'000'000);
    if (coin()) out.limits.pending = count(0, 5000);
    if (coin()) out.limits.requests = count(1, 5000);
    if (coin()) out.limits.retries = count(0, 5000);
    return out;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return stream_.below(n); }
  bool coin() { return below(2) == 1; }
  std::uint32_t count(std::uint32_t min, std::uint32_t max) {
    return min + static_cast<std::uint32_t>(below(max - min + 1));
  }
  double number(double max) { return coin() ? static_cast<double>(below(100)) : stream_.unit() * max; }
  Duration duration() {
    constexpr std::int64_t kUnits[] = {1, 1000, 1'000'000, 1'000'000'000};
    return Duration((1 + static_cast<std::int64_t>(below(3000))) * kUnits[below(4)]);
  }
  RetryConfig retry() {
    RetryConfig out;
    out.max_attempts = count(1, kMaxAttempts - 1);
    if (coin()) out.per_try_timeout = duration();
    out.on = static_cast<RetryOn>(count(1, 15));
    out.host = static_cast<RetryHost>(below(4));
    out.methods = static_cast<RetryMethods>(below(2));
    if (coin()) {
      const Duration a = duration(), b = duration();
      using Jitter = ExponentialBackoff::Jitter;
      out.backoff = ExponentialBackoff{std::min(a, b), std::max(a, b), coin() ? Jitter::none : Jitter::full};
    }
    if (coin()) out.budget = WindowRetryBudget{number(1), number(1e9), duration()};
    if (coin()) out.budget = BucketRetryBudget{number(1), 1 + number(1000)};
    return out;
  }

  RandomStream stream_;
};

}  // namespace

TEST_CASE("the canonical form of a policy reads back as the same policy") {
  RandomPolicies policies(1);
  for (int i = 0; i < 3000; ++i) {
    const PolicyConfig policy = policies.next();
    const std::string text = canonical_policy_text(policy);
    const Result<PolicyConfig> again = parse_policy(text, "canonical");
    INFO(text);
    REQUIRE((again ? "" : again.error().message) == std::string());
    REQUIRE(canonical_policy_text(again.value()) == text);
    const auto& least = std::get_if<LeastRequestConfig>(&policy.balancer);
    if (least != nullptr) {
      REQUIRE(std::get<LeastRequestConfig>(again.value().balancer).active_request_bias ==
              least->active_request_bias);
      REQUIRE(std::get<LeastRequestConfig>(again.value().balancer).load_update_interval ==
              least->load_update_interval);
      REQUIRE(std::get<LeastRequestConfig>(again.value().balancer).replacement == least->replacement);
    }
    REQUIRE(again.value().timeout == policy.timeout);
    REQUIRE(again.value().retry.on == policy.retry.on);
    REQUIRE(policy_from_json(canonical_policy(policy), "canonical").ok());
  }
}
