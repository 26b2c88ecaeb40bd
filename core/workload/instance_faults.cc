#include "core/workload/instance_faults.h"

#include <algorithm>

#include "core/workload/draws.h"

namespace meshtwin {

bool InstanceFaults::begin(const FaultConfig& fault) {
  if (std::find(held_.begin(), held_.end(), &fault) != held_.end()) return false;
  held_.push_back(&fault);
  return true;
}

void InstanceFaults::end(const FaultConfig& fault) { std::erase(held_, &fault); }

Duration InstanceFaults::service_time(const Distribution& normal, std::uint64_t attempt) const {
  const Distribution* time = &normal;
  double factor = 1;
  for (const FaultConfig* fault : held_) {
    if (const auto* delay = std::get_if<DelayFault>(&fault->kind)) time = &delay->service_time;
    if (const auto* slow = std::get_if<SlowFault>(&fault->kind)) factor *= slow->factor;
  }
  return rounded_duration(static_cast<double>(time->sample_once(attempt).count()) * factor);
}

const RefusalConfig* InstanceFaults::refusal(std::uint64_t attempt) const {
  if (!holds<ErrorFault>()) return nullptr;
  const double draw = RandomStream(draw_seed(attempt, Draw::fault)).unit();
  double passes = 1;
  for (const FaultConfig* fault : held_) {
    const auto* error = std::get_if<ErrorFault>(&fault->kind);
    if (error == nullptr) continue;
    passes *= 1 - error->rate;
    if (draw >= passes) return &error->answer;
  }
  return nullptr;
}

}  // namespace meshtwin
