#include "core/config/outlier_reader.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/config/json_document.h"
#include "core/config/units.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kMaxCount = 1'000'000'000;
constexpr Duration kShortestSweepInterval = std::chrono::milliseconds(10);

SuccessRateEjection read_success_rate(const Value& value) {
  SuccessRateEjection out;
  ObjectReader object(value, "outlier.success_rate");
  if (const auto factor = object.find("stdev_factor")) out.stdev_factor = factor->count(0, 1'000'000);
  if (const auto part = object.find("enforcement_percentage")) out.enforcement_percentage = part->count(0, 100);
  if (const auto hosts = object.find("minimum_hosts")) out.minimum_hosts = hosts->count(0, kMaxCount);
  if (const auto volume = object.find("request_volume")) out.request_volume = volume->count(1, kMaxCount);
  object.finish();
  return out;
}

FailurePercentageEjection read_failure_percentage(const Value& value) {
  FailurePercentageEjection out;
  ObjectReader object(value, "outlier.failure_percentage");
  if (const auto threshold = object.find("threshold")) out.threshold = threshold->count(0, 100);
  if (const auto part = object.find("enforcement_percentage")) out.enforcement_percentage = part->count(0, 100);
  if (const auto hosts = object.find("minimum_hosts")) out.minimum_hosts = hosts->count(0, kMaxCount);
  if (const auto volume = object.find("request_volume")) out.request_volume = volume->count(1, kMaxCount);
  object.finish();
  return out;
}

}  // namespace

OutlierConfig read_outlier(const Value& value) {
  OutlierConfig out;
  ObjectReader object(value, "outlier");
  if (const auto failures = object.find("consecutive_failures")) {
    out.consecutive_failures = failures->count(1, kMaxCount);
  }
  if (const auto rate = object.find("success_rate")) out.success_rate = read_success_rate(*rate);
  if (const auto percentage = object.find("failure_percentage")) {
    out.failure_percentage = read_failure_percentage(*percentage);
  }
  if (const auto interval = object.find("interval")) {
    out.interval = interval->positive_duration();
    // Sweeps that nobody asked for in the meantime are made up for one by one.
    if (out.interval < kShortestSweepInterval) {
      interval->refuse(fmt::format("is too short; give at least {}", format_duration(kShortestSweepInterval)));
    }
  }
  if (const auto base = object.find("base_ejection")) out.base_ejection = base->positive_duration();
  if (const auto max = object.find("max_ejection")) out.max_ejection = max->positive_duration();
  if (const auto share = object.find("max_ejected")) out.max_ejected = share->number(0, 1);
  object.finish();
  if (!out.consecutive_failures && !out.success_rate && !out.failure_percentage) {
    value.fail("nothing would be ejected; add consecutive_failures, such as 5, success_rate or failure_percentage");
  }
  return out;
}

Json canonical_outlier(const OutlierConfig& outlier) {
  Json out{{"interval", format_duration(outlier.interval)},
           {"base_ejection", format_duration(outlier.base_ejection)},
           {"max_ejection", format_duration(outlier.max_ejection)},
           {"max_ejected", canonical_number(outlier.max_ejected)}};
  if (outlier.consecutive_failures) out["consecutive_failures"] = *outlier.consecutive_failures;
  if (const auto& rate = outlier.success_rate) {
    out["success_rate"] = {{"stdev_factor", rate->stdev_factor},
                           {"enforcement_percentage", rate->enforcement_percentage},
                           {"minimum_hosts", rate->minimum_hosts},
                           {"request_volume", rate->request_volume}};
  }
  if (const auto& percentage = outlier.failure_percentage) {
    out["failure_percentage"] = {{"threshold", percentage->threshold},
                                 {"enforcement_percentage", percentage->enforcement_percentage},
                                 {"minimum_hosts", percentage->minimum_hosts},
                                 {"request_volume", percentage->request_volume}};
  }
  return out;
}

}  // namespace meshtwin
