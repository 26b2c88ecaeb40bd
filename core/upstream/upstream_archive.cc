// The state of an upstream as bytes: members, active requests, ejections, breakers, counters.
#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "core/random/stream_archive.h"
#include "core/state_archive.h"
#include "core/upstream/upstream.h"

namespace meshtwin {
namespace {

// How far an ascending endpoint is from the one before: 0 for the next one.
void archive_next(StateArchive& archive, EndpointIndex& endpoint, std::uint64_t& least) {
  std::uint64_t step = endpoint - least;
  archive.value(step);
  if (archive.loading()) {
    archive.require(step < kArchivedEndpointsMax && least + step < kArchivedEndpointsMax);
    endpoint = archive.failed() ? 0 : static_cast<EndpointIndex>(least + step);
  }
  least = std::uint64_t{endpoint} + 1;
}

constexpr std::uint8_t kHealthy = 1;
constexpr std::uint8_t kDraining = 2;
constexpr std::uint8_t kHasPlace = 4;

void archive_place(StateArchive& archive, Member& member) {
  const bool has_place = member.priority != 0 || member.locality != 0;
  std::uint8_t bits = (member.healthy ? kHealthy : 0) | (member.draining ? kDraining : 0) | (has_place ? kHasPlace : 0);
  archive.value(bits);
  archive.require(bits <= (kHealthy | kDraining | kHasPlace));
  member.healthy = (bits & kHealthy) != 0;
  member.draining = (bits & kDraining) != 0;
  if ((bits & kHasPlace) == 0) return;
  archive.value(member.priority);
  archive.value(member.locality);
}

}  // namespace

void archive_membership(StateArchive& archive, MembershipPtr& membership) {
  bool known = membership != nullptr;
  archive.value(known);
  if (!known) return membership.reset();
  std::vector<Member> members;
  if (!archive.loading()) {
    for (const EndpointIndex e : membership->endpoints()) members.push_back(membership->member(e));
  }
  std::uint64_t least = 0;
  archive.list(members, kArchivedEndpointsMax, [&](Member& member) {
    archive_next(archive, member.endpoint, least);
    archive.value(member.weight);
    archive_place(archive, member);
  });
  if (archive.loading() && !archive.failed()) membership = std::make_shared<const Membership>(members);
}

void EndpointSet::archive(StateArchive& archive) {
  archive_membership(archive, membership_);
  archive.value(own_locality_);
  archive.list(active_, kArchivedEndpointsMax, [&](std::uint32_t& count) { archive.value(count); });
  archive.require(!membership_ || active_.size() >= membership_->index_bound());
  total_active_ = std::accumulate(active_.begin(), active_.end(), std::uint64_t{0});
  for (auto& list : ejected_) {
    std::uint64_t least = 0;
    archive.list(list, all().size(), [&](EndpointIndex& e) { archive_next(archive, e, least); });
  }
  archive.value(version_);
  if (!archive.loading() || archive.failed()) return;
  const auto members = all();
  for (const auto& list : ejected_) {
    archive.require(std::includes(members.begin(), members.end(), list.begin(), list.end()));
  }
  const std::uint64_t version = version_;
  rebuild();
  version_ = version;
}

void EndpointBreakers::archive(StateArchive& archive) {
  archive.list(entries_, kArchivedEndpointsMax, [&](Entry& entry) {
    bool present = entry.breaker != nullptr;
    archive.value(present);
    if (!present) return;
    if (archive.loading()) entry.breaker = factory_();
    archive.value(entry.rejects);
    entry.breaker->archive(archive);
  });
  archive.list(waiting_, entries_.size(), [&](Readmission& readmission) {
    archive.value(readmission.at);
    archive.value(readmission.endpoint);
    archive.require(find(readmission.endpoint) != nullptr);
  });
}

void Upstream::archive(StateArchive& archive) {
  archive_stream(archive, random_);
  endpoints_.archive(archive);
  if (endpoint_breakers_.enabled()) {
    endpoint_breakers_.archive(archive);
    for (EndpointIndex e = 0; e < endpoints_.index_bound() && !archive.failed(); ++e) {
      archive.require(endpoints_.active(e) == 0 || endpoint_breakers_.find(e) != nullptr);
      archive.require(!endpoints_.is_ejected_by(e, EjectedBy::breaker) || endpoint_breakers_.rejects(e));
    }
  } else {
    archive.require(endpoints_.ejected_count(EjectedBy::breaker) == 0);
  }
  if (parts_.outlier_detector) {
    parts_.outlier_detector->archive(archive, endpoints_);
    next_sweep_ = parts_.outlier_detector->next_sweep();
  }
  for (std::uint32_t* count : {&active_attempts_, &pending_, &open_calls_, &open_retries_}) {
    archive.value(*count);
  }
  if (archive.failed()) return;
  parts_.balancer->archive(archive, endpoints_);
  if (parts_.budget) parts_.budget->archive(archive);
  if (parts_.service_breaker) parts_.service_breaker->archive(archive);
  if (parts_.hedge_delay) parts_.hedge_delay->archive(archive);
  if (parts_.hedge_budget) parts_.hedge_budget->archive(archive);
  for (const auto& admission : parts_.admission) admission->archive(archive);
  if (shadow_ && !archive.failed()) shadow_->archive(archive, endpoints_);
}

}  // namespace meshtwin
