// Who belongs to a service, as discovery tells it: one immutable snapshot that many upstreams share.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/call/events.h"

namespace meshtwin {

class StateArchive;

struct Member {
  EndpointIndex endpoint = 0;
  std::uint32_t weight = 1;  // 0: picked by no weighted balancer while another has more
  bool healthy = true;       // as discovery or active checks say; others get nothing, and keep what they have
};

class Membership {
 public:
  // `members` in ascending order of endpoint, each once (asserted).
  explicit Membership(const std::vector<Member>& members);

  const std::vector<EndpointIndex>& endpoints() const { return endpoints_; }
  // Members that are not healthy, in ascending order.
  const std::vector<EndpointIndex>& unhealthy() const { return unhealthy_; }
  // 0 for an endpoint that is no member.
  std::uint32_t weight(EndpointIndex endpoint) const {
    return endpoint < weights_.size() ? weights_[endpoint] : 0;
  }
  bool contains(EndpointIndex endpoint) const;
  bool healthy(EndpointIndex endpoint) const;
  bool equal_weights() const { return equal_weights_; }
  // One more than the largest endpoint.
  std::size_t index_bound() const { return weights_.size(); }

 private:
  std::vector<EndpointIndex> endpoints_;
  std::vector<EndpointIndex> unhealthy_;
  std::vector<std::uint32_t> weights_;  // by endpoint
  bool equal_weights_ = true;
};

using MembershipPtr = std::shared_ptr<const Membership>;

// In either direction; null where the members aren't known yet.
void archive_membership(StateArchive& archive, MembershipPtr& membership);

}  // namespace meshtwin
