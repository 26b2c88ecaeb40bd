#include "policies/balancers/load_board.h"

#include "core/state_archive.h"

namespace meshtwin {

void LoadBoard::update(Time now, const EndpointSet& endpoints) {
  if (now < due_) return;
  const Time latest = now - (now - Time{}) % interval_;
  due_ = saturating_add(latest, interval_);
  loads_.resize(endpoints.index_bound());
  for (EndpointIndex e = 0; e < loads_.size(); ++e) loads_[e] = endpoints.active(e);
}

void LoadBoard::archive(StateArchive& archive, std::size_t endpoints_max) {
  archive.value(due_);
  archive.list(loads_, endpoints_max, [&](std::uint32_t& load) { archive.value(load); });
}

}  // namespace meshtwin
