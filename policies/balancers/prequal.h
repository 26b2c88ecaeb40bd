// Prequal: probes a few endpoints for each call, and goes by the answers that it has in hand.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"
#include "policies/balancers/candidates.h"
#include "policies/balancers/probe_pool.h"
#include "policies/balancers/sliding_quantile.h"

namespace meshtwin {

// Wydrowski et al., NSDI 2024, with asynchronous probes. Each call has `probes_per_call` endpoints probed, drawn at
// random; answers wait in a pool of at most `pool_size` for `probe_lifetime`. A pick takes the answer of a cold
// endpoint with the lowest latency, or, where all are hot, the one with the fewest requests in flight; hot is who has
// more in flight than the quantile `rif_quantile` of the latest answers. With fewer than two answers of use it is
// uniformly at random. An answer that was used counts one more in flight, on each answer of that endpoint, and serves
//   b = max(1, (1 + delta) / ((1 - m / endpoints) * probes_per_call - removals_per_call))
// picks in the mean, m being what the pool holds at most; without bound where the divisor isn't above 0. Of few
// endpoints the pool holds no more answers than half of them, and two at least: beyond that most answers are of
// endpoints that it has one of, used up or not.
// After each pick by an answer `removals_per_call` of them go, the oldest one and the worst one in turn. In the dark an
// answer is used up by the picks that it would have served, and counts the requests that were made.
class PrequalBalancer final : public Balancer {
 public:
  explicit PrequalBalancer(const PrequalConfig& config);
  bool reads_reports() const override { return true; }
  std::optional<Duration> probe_lifetime() const override { return config_.probe_lifetime; }
  void choose_probes(const PickContext& context, std::vector<EndpointIndex>& targets) override;
  void on_report(Time now, const EndpointSet& endpoints, EndpointIndex endpoint, const LoadReport& report) override;
  Pick pick(const PickContext& context) override;
  void went_elsewhere(const EndpointSet& endpoints, const Pick& own, const Pick& real) override;
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet&) const override {
    return {"latency in ms, 1e9 + requests in flight where hot", ScoreOrder::lower_wins};
  }
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  // How a pick sees an answer: the lowest wins. A cold one's is its latency, a hot one's is above every latency.
  std::uint64_t rank(const ProbeAnswer& answer) const;
  double score_of(const ProbeAnswer& answer) const;
  bool is_hot(const ProbeAnswer& answer) const { return answer.in_flight > in_flight_.value(); }
  void drop_old(Time now);
  void heed_changes(const EndpointSet& endpoints);
  // Works out what follows from the number of endpoints.
  void fit_to(const EndpointSet& endpoints);
  void use(std::size_t place);
  void count_in_flight(EndpointIndex endpoint, std::uint32_t change);
  void remove_some();
  std::size_t worst() const;
  void trace(const PickContext& context, const ProbeAnswer* winner, EndpointIndex picked) const;

  PrequalConfig config_;
  ProbePool pool_;
  SlidingQuantile in_flight_;  // of the latest answers
  std::uint64_t version_ = ~std::uint64_t{0};
  std::size_t pool_limit_ = 0;   // for the endpoints of version_, as the next one
  double uses_per_answer_ = 1;
  double probes_due_ = 0;  // parts of one, carried over
  double removals_due_ = 0;
  double uses_due_ = 0;
  bool remove_worst_ = false;  // next
  bool by_answer_ = false;     // the last pick
  Candidates candidates_;
};

}  // namespace meshtwin
