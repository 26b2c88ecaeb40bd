// Some of a service's endpoints, with a balancer of their own.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

using BalancerFactory = std::function<std::unique_ptr<Balancer>()>;

class Part {
 public:
  explicit Part(std::unique_ptr<Balancer> balancer) : balancer_(std::move(balancer)) {}

  // `members` of `whole` are in it from now on, those eligible that are eligible there; `all_eligible`: all but those
  // that drain. Linear in the endpoints.
  void assign(const EndpointSet& whole, const std::vector<EndpointIndex>& members, bool all_eligible = false);

  const EndpointSet& endpoints() const { return endpoints_; }
  Balancer& balancer() { return *balancer_; }
  const Balancer& balancer() const { return *balancer_; }
  bool can_pick() const { return !endpoints_.eligible().empty() || balancer_->panics(); }
  // Of one of its members.
  void on_start(Time now, EndpointIndex endpoint) {
    if (balancer_->learns()) balancer_->on_start(now, endpoints_, endpoint);
    endpoints_.attempt_started(endpoint);
  }
  void on_release(EndpointIndex endpoint) {
    // A part that was loaded from bytes, and not divided anew since, may know of fewer.
    if (endpoints_.active(endpoint) > 0) endpoints_.attempt_finished(endpoint);
    if (balancer_->learns()) balancer_->on_release(endpoints_, endpoint);
  }
  // `context` with the endpoints of the part.
  PickContext within(const PickContext& context) const {
    return {endpoints_, context.excluded, context.random, context.now, context.key, context.trace};
  }

  void archive(StateArchive& archive);

 private:
  EndpointSet endpoints_;
  std::unique_ptr<Balancer> balancer_;
};

}  // namespace meshtwin
