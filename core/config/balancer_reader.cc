#include "core/config/balancer_reader.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "core/config/json_document.h"
#include "core/config/policy_words.h"
#include "core/config/units.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kMaxRingSize = 8'388'608;
constexpr std::uint32_t kMaxTableSize = 5'000'011;
constexpr std::uint32_t kMaxBalanceFactor = 10'000;

bool is_prime(std::uint32_t number) {
  if (number < 2) return false;
  for (std::uint32_t d = 2; d * d <= number; ++d) {
    if (number % d == 0) return false;
  }
  return true;
}

std::uint32_t next_prime(std::uint32_t number) {
  while (!is_prime(number)) ++number;
  return number;
}

void read(ObjectReader&, RandomConfig&) {}
void read(ObjectReader&, WeightedRandomConfig&) {}
void read(ObjectReader&, RoundRobinConfig&) {}
void read(ObjectReader&, WeightedRoundRobinConfig&) {}
void read(ObjectReader&, JoinIdleQueueConfig&) {}

// Field names are tokens (RFC 9110, section 5.6.2), and so are cookies' names (RFC 6265, section 4.1.1).
constexpr std::string_view kTokenCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string read_key_name(const Value& value) {
  const std::string name = value.text();
  const bool token = !name.empty() && name.find_first_not_of(kTokenCharacters) == std::string::npos;
  if (!token) value.refuse("isn't a name; give letters, digits and hyphens, such as \"x-user\"");
  return name;
}

HashKeyConfig read_key(const Value& value) {
  HashKeyConfig out;
  if (value.is_text()) {
    constexpr std::array<std::string_view, 1> kWords{"address"};
    value.word(kWords);
    return out;
  }
  ObjectReader object(value, "hash_key");
  const auto header = object.find("header");
  const auto cookie = object.find("cookie");
  if (header) out = {HashKeyConfig::Source::header, lower_case(read_key_name(*header))};
  if (cookie) out = {HashKeyConfig::Source::cookie, read_key_name(*cookie)};
  object.finish();
  if (header.has_value() == cookie.has_value()) {
    value.fail("a key is one thing; give \"address\", {\"header\": \"x-user\"} or {\"cookie\": \"session\"}");
  }
  return out;
}

void read_replicas_of(ObjectReader& object, std::optional<HashKeyConfig>& out) {
  if (const auto key = object.find("replicas_of")) out = read_key(*key);
}

void read(ObjectReader& object, LeastRequestConfig& out) {
  if (const auto choices = object.find("choices")) {
    if (choices->is_text() && choices->text() == "all") {
      out.choices = std::nullopt;
    } else if (choices->is_text()) {
      choices->refuse(fmt::format("is not known; give \"all\" or a whole number from 2 to {}", kMaxChoices));
    } else {
      out.choices = choices->count(2, kMaxChoices);
    }
  }
  if (const auto bias = object.find("active_request_bias")) out.active_request_bias = bias->number(0, 100);
  if (const auto every = object.find("load_update_interval")) out.load_update_interval = every->positive_duration();
  read_replicas_of(object, out.replicas_of);
  if (const auto key = object.find("replicas_of"); key && !out.choices) {
    key->fail("all are compared, so that replicas make no difference; give choices as a number, or leave it out");
  }
  if (const auto replacement = object.find("replacement")) {
    out.replacement = replacement->boolean();
    if (out.replacement && !out.choices) {
      replacement->refuse("is about choices that are drawn, and \"all\" draws none; take one of the two out");
    }
    if (out.replacement && out.replicas_of) {
      replacement->refuse("is about choices that are drawn, and replicas are not; take one of the two out");
    }
  }
}

void read(ObjectReader& object, PeakEwmaConfig& out) {
  if (const auto choices = object.find("choices")) out.choices = choices->count(2, kMaxChoices);
  if (const auto decay = object.find("decay")) out.decay = decay->positive_duration();
  if (const auto rtt = object.find("default_rtt")) out.default_rtt = rtt->duration();
  read_replicas_of(object, out.replicas_of);
}

void read_balance_factor(ObjectReader& object, std::optional<std::uint32_t>& out) {
  if (const auto factor = object.find("hash_balance_factor")) out = factor->count(100, kMaxBalanceFactor);
}

void read(ObjectReader& object, RingHashConfig& out) {
  if (const auto key = object.find("key")) out.key = read_key(*key);
  if (const auto size = object.find("maximum_ring_size")) out.maximum_ring_size = size->count(1, kMaxRingSize);
  if (const auto size = object.find("minimum_ring_size")) {
    out.minimum_ring_size = size->count(1, kMaxRingSize);
    if (out.minimum_ring_size > out.maximum_ring_size) {
      size->refuse(fmt::format("is more than maximum_ring_size, {}; give at most that", out.maximum_ring_size));
    }
  }
  read_balance_factor(object, out.hash_balance_factor);
}

void read(ObjectReader& object, MaglevConfig& out) {
  if (const auto key = object.find("key")) out.key = read_key(*key);
  if (const auto size = object.find("table_size")) {
    out.table_size = size->count(3, kMaxTableSize);
    if (!is_prime(out.table_size)) {
      size->refuse(fmt::format("isn't a prime number; the next one is {}", next_prime(out.table_size)));
    }
  }
  read_balance_factor(object, out.hash_balance_factor);
}

void read(ObjectReader& object, PrequalConfig& out) {
  if (const auto probes = object.find("probes_per_call")) out.probes_per_call = probes->number(0.01, kMaxChoices);
  if (const auto removals = object.find("removals_per_call")) out.removals_per_call = removals->number(0, kMaxChoices);
  if (const auto size = object.find("pool_size")) out.pool_size = size->count(2, 128);
  if (const auto lifetime = object.find("probe_lifetime")) out.probe_lifetime = lifetime->positive_duration();
  if (const auto quantile = object.find("rif_quantile")) out.rif_quantile = quantile->number(0, 1);
  if (const auto delta = object.find("delta")) out.delta = delta->number(0, 1000);
}

// "off" is the default, for those who want to say it.
std::optional<C3RateControl> read_rate_control(const Value& value) {
  if (value.is_text()) {
    constexpr std::array<std::string_view, 1> kWords{"off"};
    value.word(kWords);
    return std::nullopt;
  }
  C3RateControl out;
  ObjectReader object(value, "rate_control");
  if (const auto interval = object.find("interval")) {
    out.interval = interval->positive_duration();
    if (out.interval < std::chrono::milliseconds(1)) interval->refuse("is too short; give at least 1ms");
  }
  if (const auto rate = object.find("initial_rate")) out.initial_rate = rate->number(0.01, 1e6);
  if (const auto decrease = object.find("decrease")) out.decrease = decrease->number(0.001, 0.999);
  if (const auto step = object.find("step_max")) out.step_max = step->number(0.001, 1e6);
  if (const auto saddle = object.find("saddle")) out.saddle = saddle->positive_duration();
  object.finish();
  return out;
}

void read(ObjectReader& object, C3Config& out) {
  if (const auto choices = object.find("choices")) out.choices = choices->count(2, kMaxChoices);
  if (const auto clients = object.find("clients")) out.clients = clients->number(1, 1e6);
  if (const auto smoothing = object.find("smoothing")) out.smoothing = smoothing->number(0, 0.9999);
  if (const auto control = object.find("rate_control")) out.rate_control = read_rate_control(*control);
  read_replicas_of(object, out.replicas_of);
}

void read(ObjectReader& object, OrcaWeightedRoundRobinConfig& out) {
  constexpr Duration kShortestUpdatePeriod = std::chrono::milliseconds(100);
  if (const auto period = object.find("blackout_period")) out.blackout_period = period->duration();
  if (const auto period = object.find("weight_expiration_period")) {
    out.weight_expiration_period = period->positive_duration();
  }
  if (const auto period = object.find("weight_update_period")) {
    out.weight_update_period = period->positive_duration();
    if (out.weight_update_period < kShortestUpdatePeriod) period->refuse("is too short; give at least 100ms");
  }
  if (const auto penalty = object.find("error_utilization_penalty")) {
    out.error_utilization_penalty = penalty->number(0, 1000);
  }
}

void read(ObjectReader& object, ApertureConfig& out) {
  const auto high = object.find("high_load");
  const auto low = object.find("low_load");
  if (high) out.high_load = high->positive_number(1e6);
  if (low) out.low_load = low->number(0, 1e6);
  if (const auto smoothing = object.find("smoothing")) out.smoothing = smoothing->positive_duration();
  if (const auto size = object.find("min_size")) out.min_size = size->count(1, 1'000'000);
  if (out.low_load >= out.high_load && (high || low)) {
    (high ? *high : *low).refuse(fmt::format("makes low_load {} no lower than high_load {}; give a band",
                                             out.low_load, out.high_load));
  }
}

void write(Json&, const RandomConfig&) {}
void write(Json&, const WeightedRandomConfig&) {}
void write(Json&, const RoundRobinConfig&) {}
void write(Json&, const WeightedRoundRobinConfig&) {}
void write(Json&, const JoinIdleQueueConfig&) {}

Json canonical_key(const HashKeyConfig& key) {
  switch (key.source) {
    case HashKeyConfig::Source::address:
      break;
    case HashKeyConfig::Source::header:
      return {{"header", key.name}};
    case HashKeyConfig::Source::cookie:
      return {{"cookie", key.name}};
  }
  return "address";
}

void write_replicas_of(Json& out, const std::optional<HashKeyConfig>& key) {
  if (key) out["replicas_of"] = canonical_key(*key);
}

void write(Json& out, const LeastRequestConfig& balancer) {
  out["choices"] = balancer.choices ? Json(*balancer.choices) : Json("all");
  out["active_request_bias"] = canonical_number(balancer.active_request_bias);
  if (balancer.load_update_interval) out["load_update_interval"] = format_duration(*balancer.load_update_interval);
  if (balancer.replacement) out["replacement"] = true;
  write_replicas_of(out, balancer.replicas_of);
}

void write(Json& out, const PeakEwmaConfig& balancer) {
  out["choices"] = balancer.choices;
  out["decay"] = format_duration(balancer.decay);
  out["default_rtt"] = format_duration(balancer.default_rtt);
  write_replicas_of(out, balancer.replicas_of);
}

void write(Json& out, const PrequalConfig& balancer) {
  out["probes_per_call"] = canonical_number(balancer.probes_per_call);
  out["removals_per_call"] = canonical_number(balancer.removals_per_call);
  out["pool_size"] = balancer.pool_size;
  out["probe_lifetime"] = format_duration(balancer.probe_lifetime);
  out["rif_quantile"] = canonical_number(balancer.rif_quantile);
  out["delta"] = canonical_number(balancer.delta);
}

void write(Json& out, const C3Config& balancer) {
  out["choices"] = balancer.choices;
  out["clients"] = canonical_number(balancer.clients);
  out["smoothing"] = canonical_number(balancer.smoothing);
  write_replicas_of(out, balancer.replicas_of);
  if (!balancer.rate_control) {
    out["rate_control"] = "off";
    return;
  }
  const C3RateControl& control = *balancer.rate_control;
  out["rate_control"] = {{"interval", format_duration(control.interval)},
                         {"initial_rate", canonical_number(control.initial_rate)},
                         {"decrease", canonical_number(control.decrease)},
                         {"step_max", canonical_number(control.step_max)},
                         {"saddle", format_duration(control.saddle)}};
}

void write(Json& out, const OrcaWeightedRoundRobinConfig& balancer) {
  out["blackout_period"] = format_duration(balancer.blackout_period);
  out["weight_expiration_period"] = format_duration(balancer.weight_expiration_period);
  out["weight_update_period"] = format_duration(balancer.weight_update_period);
  out["error_utilization_penalty"] = canonical_number(balancer.error_utilization_penalty);
}

void write(Json& out, const ApertureConfig& balancer) {
  out["low_load"] = canonical_number(balancer.low_load);
  out["high_load"] = canonical_number(balancer.high_load);
  out["smoothing"] = format_duration(balancer.smoothing);
  out["min_size"] = balancer.min_size;
}

void write(Json& out, const RingHashConfig& balancer) {
  out["key"] = canonical_key(balancer.key);
  out["minimum_ring_size"] = balancer.minimum_ring_size;
  out["maximum_ring_size"] = balancer.maximum_ring_size;
  if (balancer.hash_balance_factor) out["hash_balance_factor"] = *balancer.hash_balance_factor;
}

void write(Json& out, const MaglevConfig& balancer) {
  out["key"] = canonical_key(balancer.key);
  out["table_size"] = balancer.table_size;
  if (balancer.hash_balance_factor) out["hash_balance_factor"] = *balancer.hash_balance_factor;
}

// The alternative of this number, with its defaults.
template <std::size_t I = 0>
BalancerConfig alternative(std::size_t number) {
  if constexpr (I + 1 < std::variant_size_v<BalancerConfig>) {
    if (number != I) return alternative<I + 1>(number);
  }
  return BalancerConfig(std::in_place_index<I>);
}

std::size_t read_type(const Value& balancer) {
  ObjectReader object(balancer, "");
  const auto type = object.find("type");
  return type ? type->word(kBalancerWords) : std::size_t{0};
}

}  // namespace

const HashKeyConfig* hash_key(const BalancerConfig& balancer) {
  return std::visit(
      [](const auto& config) -> const HashKeyConfig* {
        if constexpr (requires { config.key; }) return &config.key;
        if constexpr (requires { config.replicas_of; }) return config.replicas_of ? &*config.replicas_of : nullptr;
        return nullptr;
      },
      balancer);
}

BalancerConfig read_balancer(const Value& value) {
  if (value.is_text()) {
    value.refuse(fmt::format("isn't an object; write {{\"type\": {}}}", in_quotes(value.text())));
    return {};
  }
  BalancerConfig out = alternative(read_type(value));
  ObjectReader object(value, fmt::format("balancer.{}", kBalancerWords[out.index()]));
  object.require("type", "\"least_request\"");
  std::visit([&](auto& balancer) { read(object, balancer); }, out);
  object.finish();
  return out;
}

Json canonical_balancer(const BalancerConfig& balancer) {
  Json out{{"type", kBalancerWords[balancer.index()]}};
  std::visit([&](const auto& config) { write(out, config); }, balancer);
  return out;
}

}  // namespace meshtwin
