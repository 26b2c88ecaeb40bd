// The state of the balancers as bytes. What is loaded for the endpoints' present version must fit them.
#include <algorithm>
#include <functional>
#include <vector>

#include "core/state_archive.h"
#include "policies/balancers/edf_schedule.h"
#include "policies/balancers/least_request.h"
#include "policies/balancers/round_robin.h"
#include "policies/balancers/weighted_random.h"
#include "policies/balancers/weighted_round_robin.h"

namespace meshtwin {

void EdfSchedule::archive(StateArchive& archive, const EndpointSet& endpoints) {
  archive.value(version_);
  archive.value(order_);
  archive.value(now_);
  archive.require(now_ >= 0 && now_ < kNoDeadline);
  archive.list(heap_, kArchivedEndpointsMax, [&](Entry& entry) {
    archive.value(entry.deadline);
    archive.value(entry.order);
    archive.value(entry.endpoint);
    archive.require(entry.deadline >= 0);
  });
  if (!archive.loading() || version_ != endpoints.version()) return;
  std::vector<EndpointIndex> listed;
  for (const Entry& entry : heap_) listed.push_back(entry.endpoint);
  std::sort(listed.begin(), listed.end());
  const auto eligible = endpoints.eligible();
  archive.require(std::equal(listed.begin(), listed.end(), eligible.begin(), eligible.end()));
  archive.require(std::is_heap(heap_.begin(), heap_.end(), std::greater<>()));
}

void LeastRequestBalancer::archive(StateArchive& archive, const EndpointSet& endpoints) {
  if (board_) board_->archive(archive, endpoints.index_bound());
  if (config_.choices) schedule_.archive(archive, endpoints);
}

void RoundRobinBalancer::archive(StateArchive& archive, const EndpointSet& endpoints) {
  archive.value(started_);
  if (!started_) return;
  archive.value(version_);
  archive.value(next_);
  archive.value(last_);
  if (archive.loading() && version_ == endpoints.version())
    archive.require(next_ < endpoints.eligible().size());
}

// The table follows from the endpoints, and is made anew at the next pick.
void WeightedRandomBalancer::archive(StateArchive& archive, const EndpointSet&) {
  if (archive.loading()) version_ = ~std::uint64_t{0};
}

void WeightedRoundRobinBalancer::archive(StateArchive& archive, const EndpointSet& endpoints) {
  constexpr std::int64_t kBound = std::int64_t{1} << 55;  // 2^22 endpoints of weights below 2^32
  archive.value(version_);
  archive.value(weight_sum_);
  archive.value(all_zero_);
  archive.require(weight_sum_ >= 0 && weight_sum_ <= kBound);
  archive.list(scores_, kArchivedEndpointsMax, [&](std::int64_t& score) {
    archive.value(score);
    archive.require(score >= -kBound && score <= kBound);
  });
  if (!archive.loading() || version_ != endpoints.version() || endpoints.eligible().empty()) return;
  archive.require(scores_.size() > endpoints.eligible().back());
}

}  // namespace meshtwin
