// The endpoints of a service as one client sees them: members, who of them is eligible, active requests.
#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/upstream/membership.h"

namespace meshtwin {

// What an endpoint is to this client.
enum class Standing : std::uint8_t {
  eligible,
  ejected,    // healthy for discovery, kept out by this client
  unhealthy,  // for discovery or active checks, ejected besides or not
  not_a_member,
};

// "eligible", "ejected", "unhealthy", "not_a_member".
std::string_view name(Standing standing);

// Four bytes an endpoint while each is eligible, so that a thousand clients can know 100,000 endpoints.
class EndpointSet {
 public:
  bool known() const { return membership_ != nullptr; }
  // Members keep their active counts and ejections; endpoints that left lose their ejection.
  void update(MembershipPtr membership);

  // Members that are healthy and not ejected, in ascending order.
  std::span<const EndpointIndex> eligible() const {
    if (all_eligible_) [[likely]] return all();
    return eligible_;
  }
  bool is_eligible(EndpointIndex endpoint) const;
  Standing standing(EndpointIndex endpoint) const;
  // Changes whenever eligible() or a weight does; balancers rebuild their tables on it.
  std::uint64_t version() const { return version_; }

  std::uint32_t weight(EndpointIndex endpoint) const { return membership_->weight(endpoint); }
  bool equal_weights() const { return !membership_ || membership_->equal_weights(); }

  // Attempts started and not finished, on members and on endpoints that left.
  std::uint32_t active(EndpointIndex endpoint) const { return active_[endpoint]; }
  // One more than the largest endpoint that was ever a member.
  std::size_t index_bound() const { return active_.size(); }
  void attempt_started(EndpointIndex endpoint) { ++active_[endpoint]; }
  void attempt_finished(EndpointIndex endpoint) {
    assert(active_[endpoint] > 0);
    --active_[endpoint];
  }

  // Linear in the number of endpoints; a no-op when nothing changes.
  void set_ejected(EndpointIndex endpoint, bool ejected);

  void archive(StateArchive& archive);

 private:
  std::span<const EndpointIndex> all() const {
    return membership_ ? std::span<const EndpointIndex>(membership_->endpoints())
                       : std::span<const EndpointIndex>();
  }
  void rebuild();

  MembershipPtr membership_;
  std::vector<std::uint32_t> active_;
  std::vector<EndpointIndex> ejected_;   // ascending, members alone
  std::vector<EndpointIndex> out_;       // ejected or unhealthy, ascending
  std::vector<EndpointIndex> eligible_;  // members less out_, kept only while out_ is not empty
  bool all_eligible_ = true;
  std::uint64_t version_ = 0;
};

}  // namespace meshtwin
