// A balancer for each part of a service's endpoints.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/upstream/policy_interfaces.h"
#include "policies/placement/division.h"
#include "policies/placement/part.h"

namespace meshtwin {

// Draws a part by the parts' loads, and has the part's balancer pick. Where all who are eligible there are excluded,
// the next part that has somebody takes the pick. The parts are made anew when endpoints, eligibility or weights
// change.
class DividedBalancer final : public Balancer {
 public:
  DividedBalancer(std::unique_ptr<Division> division, BalancerFactory make);
  bool learns() const override { return true; }
  void on_start(Time now, const EndpointSet& endpoints, EndpointIndex endpoint) override;
  void on_release(const EndpointSet& endpoints, EndpointIndex endpoint) override;
  void on_result(Time now, const EndpointSet& endpoints, const AttemptResult& result) override;
  bool reads_reports() const override { return sample_->reads_reports(); }
  void on_report(Time now, const EndpointSet& endpoints, EndpointIndex endpoint, const LoadReport& report) override;
  std::optional<Duration> probe_lifetime() const override { return sample_->probe_lifetime(); }
  void choose_probes(const PickContext& context, std::vector<EndpointIndex>& targets) override;
  bool panics() const override { return division_->panics() || sample_->panics(); }
  Pick pick(const PickContext& context) override;
  Pick pick_uniformly(const PickContext& context) override;
  void went_elsewhere(const EndpointSet& endpoints, const Pick& own, const Pick& real) override;
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet& endpoints) const override;
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  void refresh(const EndpointSet& endpoints);
  // Null: it is in none.
  Part* part_of(EndpointIndex endpoint) const;
  Part* draw(const PickContext& context);

  std::unique_ptr<Division> division_;
  BalancerFactory make_;
  std::unique_ptr<Balancer> sample_;  // for what all of them are alike in
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<double> loads_;          // by part
  std::vector<std::uint32_t> places_;  // by endpoint: its part's number and 1; 0: none
  std::uint64_t version_ = ~std::uint64_t{0};
};

}  // namespace meshtwin
