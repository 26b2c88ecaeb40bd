// C3: the endpoint whose queue, weighed by how slow it is, is expected to be shortest; and no faster than it answers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"
#include "policies/balancers/candidates.h"
#include "policies/balancers/cubic_rate.h"

namespace meshtwin {

// Suresh et al., NSDI 2015. Of `choices` distinct endpoints, the replicas of the request's key as in the paper or else
// drawn at random, the lowest score wins among those that the rate control lets through, the one drawn first on a tie:
//   score = R - T + q^3 * T,  q = 1 + active * clients + Q
// R, T and Q are moving averages of the response time that the client sees, the service time and the queue that the
// endpoint reports; each new value weighs 1 - smoothing (0.9 in the authors' simulator and in their Cassandra).
// Endpoints that nothing is known of come first, those with fewer active requests before others. Where rate control
// holds all that were drawn, the call waits.
// Without reports of T the score is R + q^3 times 1 ns.
class C3Balancer final : public Balancer {
 public:
  explicit C3Balancer(const C3Config& config) : config_(config), candidates_(config.replicas_of.has_value()) {}
  bool learns() const override { return true; }
  bool reads_reports() const override { return true; }
  void on_start(Time now, const EndpointSet& endpoints, EndpointIndex endpoint) override;
  void on_result(Time now, const EndpointSet& endpoints, const AttemptResult& result) override;
  void on_report(Time now, const EndpointSet& endpoints, EndpointIndex endpoint, const LoadReport& report) override;
  Pick pick(const PickContext& context) override;
  Pick pick_uniformly(const PickContext& context) override {
    return candidates_.by_key() ? candidates_.pick_uniformly(context, config_.choices)
                                : Balancer::pick_uniformly(context);
  }
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet&) const override {
    return {"C3's score in ms", ScoreOrder::lower_wins};
  }
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  // Averages in nanoseconds and requests; negative: nothing has come yet.
  struct State {
    double response = -1;
    double service = -1;
    double queue = -1;
    CubicRate rate;
  };
  State& known(Time now, EndpointIndex endpoint);
  void average(double& state, double value) const;
  double score_ns(const EndpointSet& endpoints, EndpointIndex endpoint) const;
  bool has_room(EndpointIndex endpoint, Time now) const;
  void trace(const PickContext& context, std::span<const EndpointIndex> drawn, const EndpointIndex* winner) const;

  C3Config config_;
  std::vector<State> states_;  // by endpoint
  Candidates candidates_;
};

}  // namespace meshtwin
