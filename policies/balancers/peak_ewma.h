// Peak EWMA: the endpoint whose expected latency, times the requests under way there, is lowest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"
#include "policies/balancers/candidates.h"

namespace meshtwin {

// Of `choices` distinct endpoints drawn at random the least cost wins, the one drawn first on a tie:
//   cost = estimate * (active + 1) / weight
// The estimate jumps to a latency above it; one below moves it by e = estimate * d + latency * (1 - d) with
// d = exp(-(time since the last latency) / decay). Where it is read, it has decayed by the same d towards 0,
// so that an endpoint which was slow gets another chance; reading changes nothing (Finagle's PeakEwma.scala,
// tower's load/peak_ewma.rs). Until its first latency an endpoint is taken to have `default_rtt`, which decays
// from the first pick on at which it is eligible, so that it is tried in the end however fast the others are; the first
// latency takes its place.
// Failures and cancelled attempts differ from Finagle and tower, which take them as latencies of their own: here
// they raise an estimate that has decayed to less, since the request would have taken at least as long, and never
// lower one. A failure that doesn't raise it keeps it from decaying: an endpoint that fails at once doesn't look fast.
class PeakEwmaBalancer final : public Balancer {
 public:
  explicit PeakEwmaBalancer(const PeakEwmaConfig& config);
  bool learns() const override { return true; }
  void on_result(Time now, const EndpointSet& endpoints, const AttemptResult& result) override;
  Pick pick(const PickContext& context) override;
  Pick pick_uniformly(const PickContext& context) override {
    return candidates_.by_key() ? candidates_.pick_uniformly(context, config_.choices)
                                : Balancer::pick_uniformly(context);
  }
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet& endpoints) const override;
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  struct Estimate {
    double latency_ns = 0;
    bool is_measured = false;  // else it is the default
    Time at = kNever;  // of the last latency or failure, or of when it was first eligible; kNever before
  };
  Estimate& known(Time now, EndpointIndex endpoint);
  void refresh(const PickContext& context);
  double decayed_ns(EndpointIndex endpoint, Time now) const;
  double cost_ns(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const;
  void trace(const PickContext& context, std::span<const EndpointIndex> drawn, EndpointIndex winner) const;

  PeakEwmaConfig config_;
  double per_decay_;    // 1 / decay, of nanoseconds
  double default_ns_;
  std::vector<Estimate> estimates_;  // by endpoint
  std::uint64_t version_ = ~std::uint64_t{0};
  Candidates candidates_;
};

}  // namespace meshtwin
