// Endpoints that have just become eligible get a growing part of what they would get.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Envoy's slow start (slow_start.rst), for any balancer: a pick of an endpoint in its window stands with the chance
//   max(min_share, (max(t, 1 s) / window)^(1 / aggression))
// over the largest such share of any eligible endpoint, and else the balancer is asked again without it, up to
// kRefusalsMax times: whatever part of the picks an endpoint would get, it gets this part of that. The window begins
// with the first pick at which the endpoint is eligible, anew whenever it has not been.
class SlowStartBalancer final : public Balancer {
 public:
  static constexpr std::size_t kRefusalsMax = 8;

  SlowStartBalancer(const SlowStartConfig& config, std::unique_ptr<Balancer> balancer);
  bool learns() const override { return balancer_->learns(); }
  void on_start(Time now, const EndpointSet& endpoints, EndpointIndex endpoint) override {
    balancer_->on_start(now, endpoints, endpoint);
  }
  void on_release(const EndpointSet& endpoints, EndpointIndex endpoint) override {
    balancer_->on_release(endpoints, endpoint);
  }
  void on_result(Time now, const EndpointSet& endpoints, const AttemptResult& result) override {
    balancer_->on_result(now, endpoints, result);
  }
  bool reads_reports() const override { return balancer_->reads_reports(); }
  void on_report(Time now, const EndpointSet& endpoints, EndpointIndex endpoint, const LoadReport& report) override {
    balancer_->on_report(now, endpoints, endpoint, report);
  }
  std::optional<Duration> probe_lifetime() const override { return balancer_->probe_lifetime(); }
  void choose_probes(const PickContext& context, std::vector<EndpointIndex>& targets) override {
    balancer_->choose_probes(context, targets);
  }
  bool panics() const override { return balancer_->panics(); }
  Pick pick(const PickContext& context) override;
  Pick pick_uniformly(const PickContext& context) override { return balancer_->pick_uniformly(context); }
  void went_elsewhere(const EndpointSet& endpoints, const Pick& own, const Pick& real) override {
    balancer_->went_elsewhere(endpoints, own, real);
  }
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override {
    return balancer_->score(endpoints, endpoint, now);
  }
  ScoreMeaning score_meaning(const EndpointSet& endpoints) const override {
    return balancer_->score_meaning(endpoints);
  }
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  void refresh(const PickContext& context);
  double share(Time since, Time now) const;

  SlowStartConfig config_;
  std::unique_ptr<Balancer> balancer_;
  std::vector<Time> since_;        // by endpoint; kNever: not eligible
  Time earliest_ = kNever;         // of those
  Time latest_ = kNever;           // of all times; kNever: nobody has become eligible yet
  std::uint64_t version_ = ~std::uint64_t{0};
};

}  // namespace meshtwin
