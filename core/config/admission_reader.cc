#include "core/config/admission_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/config/json_document.h"
#include "core/config/units.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kMaxLimit = 1'000'000;
constexpr double kMaxNumber = 1e9;
// In the order of AdaptiveConcurrencyConfig's alternatives.
constexpr std::array<std::string_view, 2> kConcurrencyWords{"gradient", "aimd"};

RateLimitConfig read_rate_limit(const Value& value) {
  RateLimitConfig out;
  ObjectReader object(value, "admission.rate_limit");
  if (const auto rate = object.require("rate", "100")) out.rate = rate->positive_number(kMaxNumber);
  if (const auto burst = object.find("burst")) out.burst = burst->number(1, kMaxNumber);
  object.finish();
  return out;
}

AdaptiveThrottlingConfig read_throttling(const Value& value) {
  AdaptiveThrottlingConfig out;
  ObjectReader object(value, "admission.adaptive_throttling");
  if (const auto multiplier = object.find("multiplier")) out.multiplier = multiplier->number(1, 1000);
  if (const auto window = object.find("window")) out.window = window->positive_duration();
  object.finish();
  return out;
}

template <class Limit>
void read_bounds(ObjectReader& object, Limit& out) {
  const auto min = object.find("min_limit");
  const auto max = object.find("max_limit");
  if (min) out.min_limit = min->count(1, kMaxLimit);
  if (max) out.max_limit = max->count(1, kMaxLimit);
  if (out.min_limit > out.max_limit) {
    (min ? *min : *max).refuse(fmt::format("makes min_limit {} more than max_limit {}", out.min_limit, out.max_limit));
  }
}

Duration at_least(const Value& value, Duration least) {
  const Duration duration = value.positive_duration();
  if (duration < least) value.refuse(fmt::format("is too short; give at least {}", format_duration(least)));
  return std::max(duration, least);
}

GradientLimitConfig read_gradient(ObjectReader& object) {
  GradientLimitConfig out;
  read_bounds(object, out);
  if (const auto buffer = object.find("buffer")) out.buffer = buffer->number(0, 100);
  if (const auto percentile = object.find("percentile")) out.percentile = percentile->number(0.001, 99.999);
  if (const auto window = object.find("sample_window")) {
    out.sample_window = at_least(*window, std::chrono::milliseconds(1));
  }
  if (const auto interval = object.find("measure_interval")) out.measure_interval = interval->positive_duration();
  if (const auto requests = object.find("measure_requests")) out.measure_requests = requests->count(1, 4096);
  return out;
}

AimdLimitConfig read_aimd(ObjectReader& object) {
  AimdLimitConfig out;
  read_bounds(object, out);
  out.initial_limit = std::clamp(out.initial_limit, out.min_limit, std::max(out.min_limit, out.max_limit));
  if (const auto initial = object.find("initial_limit")) {
    out.initial_limit = initial->count(out.min_limit, std::max(out.min_limit, out.max_limit));
  }
  if (const auto decrease = object.find("decrease")) out.decrease = decrease->number(0.001, 0.999);
  if (const auto latency = object.find("max_latency")) out.max_latency = latency->positive_duration();
  return out;
}

AdaptiveConcurrencyConfig read_concurrency(const Value& value) {
  std::size_t type = 0;
  {
    ObjectReader object(value, "");
    if (const auto word = object.find("type")) type = word->word(kConcurrencyWords);
  }
  ObjectReader object(value, fmt::format("adaptive_concurrency.{}", kConcurrencyWords[type]));
  object.find("type");
  AdaptiveConcurrencyConfig out;
  if (type == 0) out = read_gradient(object);
  if (type == 1) out = read_aimd(object);
  object.finish();
  return out;
}

CoDelConfig read_codel(const Value& value) {
  CoDelConfig out;
  ObjectReader object(value, "admission.codel");
  if (const auto target = object.find("target")) out.target = target->positive_duration();
  if (const auto interval = object.find("interval")) out.interval = interval->positive_duration();
  object.finish();
  if (out.interval <= out.target) {
    value.fail(fmt::format("the interval {} isn't longer than the target {}; give one of about 20 times the target",
                           format_duration(out.interval), format_duration(out.target)));
  }
  return out;
}

PrioritySheddingConfig read_shedding(const Value& value) {
  PrioritySheddingConfig out;
  ObjectReader object(value, "admission.priority_shedding");
  if (const auto wait = object.find("max_wait")) out.max_wait = wait->positive_duration();
  if (const auto window = object.find("window")) out.window = at_least(*window, std::chrono::milliseconds(10));
  if (const auto decrease = object.find("decrease")) out.decrease = decrease->number(0.0001, 1);
  if (const auto increase = object.find("increase")) out.increase = increase->number(0.0001, 1);
  object.finish();
  return out;
}

Json canonical(const GradientLimitConfig& limit) {
  return {{"min_limit", limit.min_limit},
          {"max_limit", limit.max_limit},
          {"buffer", canonical_number(limit.buffer)},
          {"percentile", canonical_number(limit.percentile)},
          {"sample_window", format_duration(limit.sample_window)},
          {"measure_interval", format_duration(limit.measure_interval)},
          {"measure_requests", limit.measure_requests}};
}

Json canonical(const AimdLimitConfig& limit) {
  Json out{{"min_limit", limit.min_limit},
           {"max_limit", limit.max_limit},
           {"initial_limit", limit.initial_limit},
           {"decrease", canonical_number(limit.decrease)}};
  if (limit.max_latency) out["max_latency"] = format_duration(*limit.max_latency);
  return out;
}

}  // namespace

AdmissionConfig read_admission(const Value& value) {
  AdmissionConfig out;
  ObjectReader object(value, "admission");
  if (const auto limit = object.find("rate_limit")) out.rate_limit = read_rate_limit(*limit);
  if (const auto throttling = object.find("adaptive_throttling")) {
    out.adaptive_throttling = read_throttling(*throttling);
  }
  if (const auto limit = object.find("adaptive_concurrency")) out.adaptive_concurrency = read_concurrency(*limit);
  if (const auto shedding = object.find("priority_shedding")) out.priority_shedding = read_shedding(*shedding);
  if (const auto codel = object.find("codel")) out.codel = read_codel(*codel);
  object.finish();
  return out;
}

Json canonical_admission(const AdmissionConfig& admission) {
  Json out = Json::object();
  if (const auto& limit = admission.rate_limit) {
    out["rate_limit"] = {{"rate", canonical_number(limit->rate)}, {"burst", canonical_number(limit->burst)}};
  }
  if (const auto& throttling = admission.adaptive_throttling) {
    out["adaptive_throttling"] = {{"multiplier", canonical_number(throttling->multiplier)},
                                  {"window", format_duration(throttling->window)}};
  }
  if (const auto& limit = admission.adaptive_concurrency) {
    Json fields = std::visit([](const auto& config) { return canonical(config); }, *limit);
    fields["type"] = kConcurrencyWords[limit->index()];
    out["adaptive_concurrency"] = std::move(fields);
  }
  if (const auto& shedding = admission.priority_shedding) {
    out["priority_shedding"] = {{"max_wait", format_duration(shedding->max_wait)},
                                {"window", format_duration(shedding->window)},
                                {"decrease", canonical_number(shedding->decrease)},
                                {"increase", canonical_number(shedding->increase)}};
  }
  if (const auto& codel = admission.codel) {
    out["codel"] = {{"target", format_duration(codel->target)}, {"interval", format_duration(codel->interval)}};
  }
  return out;
}

}  // namespace meshtwin
