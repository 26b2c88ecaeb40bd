// Weighted round robin with weights that follow from what endpoints report of their load.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"
#include "policies/balancers/edf_schedule.h"

namespace meshtwin {

// gRPC's weighted_round_robin (proposal A58), with application utilization before CPU utilization as in A114:
//   weight = requests/s / (utilization + errors/s / requests/s * error_utilization_penalty)
// Weights are taken up every `weight_update_period`. One counts once reports have come for `blackout_period`, and until
// none has come for `weight_expiration_period`. Endpoints without a weight take the mean of the others; with fewer than
// two weights all are alike: round robin. The members' own weights count for nothing, but that those of weight 0
// come up only when there are no others.
// Earliest deadline first carries it out, where gRPC has a static stride schedule: the same shares, no bursts.
class OrcaWeightedRoundRobinBalancer final : public Balancer {
 public:
  explicit OrcaWeightedRoundRobinBalancer(const OrcaWeightedRoundRobinConfig& config) : config_(config) {}
  bool reads_reports() const override { return true; }
  void on_report(Time now, const EndpointSet& endpoints, EndpointIndex endpoint, const LoadReport& report) override;
  Pick pick(const PickContext& context) override;
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet&) const override {
    return {"weight from load reports", ScoreOrder::higher_wins};
  }
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  struct Reported {
    double weight = 0;
    Time since = kNever;    // the first one of those that follow each other without expiry
    Time latest = kNever;
  };
  double usable(Time now, EndpointIndex endpoint) const;
  double weight_in_use(const EndpointSet& endpoints, EndpointIndex endpoint) const;
  void update(const PickContext& context);

  OrcaWeightedRoundRobinConfig config_;
  std::vector<Reported> reported_;  // by endpoint
  std::vector<double> in_use_;      // by endpoint, since the last update; empty: all alike
  EdfSchedule schedule_;
  std::uint64_t version_ = ~std::uint64_t{0};
  Time next_update_{};
};

}  // namespace meshtwin
