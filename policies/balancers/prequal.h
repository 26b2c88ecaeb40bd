// Prequal: probes a few endpoints for each call, and goes by the answers that it has in hand.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"
#include "policies/balancers/candidates.h"
#include "policies/balancers/sliding_quantile.h"

namespace meshtwin {

// Wydrowski et al., NSDI 2024, with asynchronous probes. Each call has `probes_per_call` endpoints probed, drawn at
// random; answers wait in a pool of at most `pool_size` for `probe_lifetime`. A pick takes the answer of a cold endpoint
// with the lowest latency, or, where all are hot, the one with the fewest requests in flight; hot is who has more in
// flight than the quantile `rif_quantile` of the latest answers. With fewer than two answers of use it is uniformly at
// random. An answer that was used counts one more in flight, on each answer of that endpoint, and serves
//   b = max(1, (1 + delta) / ((1 - pool_size / endpoints) * probes_per_call - removals_per_call))
// picks in the mean; without bound where the divisor isn't above 0. Of few endpoints the pool holds no more answers than
// half of them, and two at least: beyond that most answers are of endpoints that it has one of, used up or not. After
// each pick by an answer `removals_per_call` of them go, the oldest one and the worst one in turn.
class PrequalBalancer final : public Balancer {
 public:
  explicit PrequalBalancer(const PrequalConfig& config);
  bool reads_reports() const override { return true; }
  std::optional<Duration> probe_lifetime() const override { return config_.probe_lifetime; }
  void choose_probes(const PickContext& context, std::vector<EndpointIndex>& targets) override;
  void on_report(Time now, const EndpointSet& endpoints, EndpointIndex endpoint, const LoadReport& report) override;
  Pick pick(const PickContext& context) override;
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet&) const override {
    return {"latency in ms, 1e9 + requests in flight where hot", ScoreOrder::lower_wins};
  }
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  struct Probe {
    EndpointIndex endpoint = 0;
    std::uint32_t in_flight = 0;
    std::uint32_t uses_left = 1;
    Duration latency{};
    Time at{};
  };
  using Place = std::vector<Probe>::iterator;
  bool is_hot(const Probe& probe) const { return probe.in_flight > hot_above_; }
  bool better(const Probe& a, const Probe& b) const;
  static double score_of(const Probe& probe, bool hot);
  void drop_useless(const PickContext& context);
  void use(Place used);
  void remove_some();
  std::size_t pool_limit(const EndpointSet& endpoints) const;
  std::uint32_t uses(const EndpointSet& endpoints);
  void trace(const PickContext& context, const Probe* winner, EndpointIndex picked) const;

  PrequalConfig config_;
  std::vector<Probe> pool_;  // the oldest one first
  SlidingQuantile in_flight_;
  std::uint32_t hot_above_ = 0;
  std::uint64_t version_ = ~std::uint64_t{0};
  double probes_due_ = 0;  // parts of one, carried over
  double removals_due_ = 0;
  double uses_due_ = 0;
  bool remove_worst_ = false;  // next
  Candidates candidates_;
};

}  // namespace meshtwin
