// Join idle queue: an idle endpoint if there is one, in the order in which they became idle.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ring_buffer.h"
#include "core/upstream/policy_interfaces.h"
#include "policies/balancers/candidates.h"

namespace meshtwin {

// Endpoints queue up when they become idle; a pick takes the first one that may be picked, and where none is idle any
// one at random (Lu et al., "Join-Idle-Queue", Performance Evaluation 2011). There, idle servers announce themselves to
// one of many dispatchers; here, an endpoint is idle for a client that has no request under way there. For one
// client of a service that is the same; many clients know less of each other's requests than announcements
// would tell. Weights matter as far as an endpoint of weight 0 gets nothing while another one has more.
// Constant time, and linear in the endpoints once whenever they change, and in the idle ones for a request that went
// elsewhere than it picked. In the dark, who is idle is so after the picks that were made; one that it would have picked
// stays first in the queue.
class JoinIdleQueueBalancer final : public Balancer {
 public:
  bool learns() const override { return true; }
  void on_start(Time now, const EndpointSet& endpoints, EndpointIndex endpoint) override;
  void on_release(const EndpointSet& endpoints, EndpointIndex endpoint) override;
  Pick pick(const PickContext& context) override;
  void went_elsewhere(const EndpointSet& endpoints, const Pick& own, const Pick& real) override;
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet& endpoints) const override;
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  void refresh(const PickContext& context);
  // Endpoints of weight 0 wait in no queue, unless all are.
  bool may_get_work(const EndpointSet& endpoints, EndpointIndex endpoint) const {
    return weightless_ || endpoints.weight(endpoint) > 0;
  }
  void enqueue(EndpointIndex endpoint);
  bool take_idle(const PickContext& context, EndpointIndex& picked);
  void trace_idle(const PickContext& context, EndpointIndex picked) const;

  RingBuffer<EndpointIndex> idle_;  // some of them may be busy or gone by now
  std::vector<bool> queued_;        // by endpoint
  std::uint64_t version_ = ~std::uint64_t{0};
  bool weightless_ = false;  // all eligible ones are of weight 0
  Candidates candidates_;
};

}  // namespace meshtwin
