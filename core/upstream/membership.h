// Who belongs to a service, as discovery tells it: one immutable snapshot that many upstreams share.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/call/events.h"

namespace meshtwin {

class StateArchive;

// Where an endpoint or a client is: a number that the driver gives out. 0 is as good as any.
using LocalityIndex = std::uint32_t;

struct Member {
  EndpointIndex endpoint = 0;
  std::uint32_t weight = 1;  // 0: picked by no weighted balancer while another has more
  bool healthy = true;       // as discovery or active checks say; others get nothing, and keep what they have
  bool draining = false;     // is about to leave: gets nothing new, whatever happens, and keeps what it has
  std::uint8_t priority = 0;  // 0 comes first; heeded where the policy says `priorities`
  LocalityIndex locality = 0;
};

class Membership {
 public:
  // `members` in ascending order of endpoint, each once (asserted).
  explicit Membership(const std::vector<Member>& members);

  const std::vector<EndpointIndex>& endpoints() const { return endpoints_; }
  // Members that are not healthy, or drain, in ascending order.
  const std::vector<EndpointIndex>& unhealthy() const { return unhealthy_; }
  // 0 for an endpoint that is no member.
  std::uint32_t weight(EndpointIndex endpoint) const {
    return endpoint < weights_.size() ? weights_[endpoint] : 0;
  }
  bool contains(EndpointIndex endpoint) const { return endpoint < contains_.size() && contains_[endpoint]; }
  bool healthy(EndpointIndex endpoint) const;
  bool draining(EndpointIndex endpoint) const;
  std::uint8_t priority(EndpointIndex endpoint) const {
    return endpoint < places_.size() ? places_[endpoint].priority : std::uint8_t{0};
  }
  LocalityIndex locality(EndpointIndex endpoint) const {
    return endpoint < places_.size() ? places_[endpoint].locality : LocalityIndex{0};
  }
  // All that is known of one that is a member.
  Member member(EndpointIndex endpoint) const;
  bool equal_weights() const { return equal_weights_; }
  // The same members with the same weights, well or not.
  bool same_weights(const Membership& other) const {
    return endpoints_ == other.endpoints_ && weights_ == other.weights_;
  }
  // One more than the largest endpoint.
  std::size_t index_bound() const { return weights_.size(); }

 private:
  std::vector<EndpointIndex> endpoints_;
  std::vector<EndpointIndex> unhealthy_;
  std::vector<EndpointIndex> draining_;
  std::vector<std::uint32_t> weights_;  // by endpoint
  std::vector<bool> contains_;          // by endpoint
  struct Place {
    LocalityIndex locality = 0;
    std::uint8_t priority = 0;
  };
  std::vector<Place> places_;  // by endpoint; empty where all are of priority and locality 0
  bool equal_weights_ = true;
};

using MembershipPtr = std::shared_ptr<const Membership>;

// In either direction; null where the members aren't known yet.
void archive_membership(StateArchive& archive, MembershipPtr& membership);

}  // namespace meshtwin
