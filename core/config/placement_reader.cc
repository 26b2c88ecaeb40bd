#include "core/config/placement_reader.h"

#include <nlohmann/json.hpp>

#include "core/config/json_document.h"
#include "core/config/policy_words.h"
#include "core/config/units.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kMaxSubset = 1'000'000;
constexpr double kMaxOverprovisioning = 100;

void read_overprovisioning(ObjectReader& object, double& out) {
  if (const auto factor = object.find("overprovisioning")) out = factor->number(1, kMaxOverprovisioning);
}

}  // namespace

SubsetConfig read_subset(const Value& value) {
  SubsetConfig out;
  ObjectReader object(value, "subset");
  if (const auto size = object.find("size")) out.size = size->count(1, kMaxSubset);
  object.finish();
  return out;
}

PrioritiesConfig read_priorities(const Value& value) {
  PrioritiesConfig out;
  ObjectReader object(value, "priorities");
  read_overprovisioning(object, out.overprovisioning);
  if (const auto threshold = object.find("panic_threshold")) out.panic_threshold = threshold->number(0, 1);
  object.finish();
  return out;
}

LocalityConfig read_locality(const Value& value) {
  LocalityConfig out;
  ObjectReader object(value, "locality");
  if (const auto prefer = object.find("prefer")) out.prefer = prefer->meaning(kPreferLocalityWords);
  read_overprovisioning(object, out.overprovisioning);
  object.finish();
  return out;
}

SlowStartConfig read_slow_start(const Value& value) {
  SlowStartConfig out;
  ObjectReader object(value, "slow_start");
  if (const auto window = object.find("window")) out.window = window->positive_duration();
  if (const auto aggression = object.find("aggression")) out.aggression = aggression->number(0.01, 100);
  if (const auto share = object.find("min_share")) out.min_share = share->number(0.001, 1);
  object.finish();
  return out;
}

Json canonical_subset(const SubsetConfig& subset) { return {{"size", subset.size}}; }

Json canonical_priorities(const PrioritiesConfig& priorities) {
  return {{"overprovisioning", canonical_number(priorities.overprovisioning)},
          {"panic_threshold", canonical_number(priorities.panic_threshold)}};
}

Json canonical_locality(const LocalityConfig& locality) {
  return {{"prefer", word_for(kPreferLocalityWords, locality.prefer)},
          {"overprovisioning", canonical_number(locality.overprovisioning)}};
}

Json canonical_slow_start(const SlowStartConfig& slow_start) {
  return {{"window", format_duration(slow_start.window)},
          {"aggression", canonical_number(slow_start.aggression)},
          {"min_share", canonical_number(slow_start.min_share)}};
}

}  // namespace meshtwin
