// Two balancers side by side: the recorded one decides, the other one is asked what it would have picked.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "core/random/stream.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// What both picked, over all picks of an upstream.
struct PickComparison {
  std::uint64_t picks = 0;
  std::uint64_t differing = 0;
  std::uint64_t attempts = 0;  // those besides the picks went where the retry rule said
  struct Share {
    std::uint64_t recorded = 0;
    std::uint64_t other = 0;
  };
  std::map<EndpointIndex, Share> by_endpoint;
};

// Both see the same endpoints, active requests and exclusions, those of the recorded run; each draws from a
// random stream of its own.
class ShadowBalancer final : public Balancer {
 public:
  ShadowBalancer(std::unique_ptr<Balancer> recorded, std::unique_ptr<Balancer> other, std::uint64_t seed,
                 PickComparison& comparison)
      : recorded_(std::move(recorded)), other_(std::move(other)), random_(seed), comparison_(&comparison) {}

  bool learns() const override { return recorded_->learns() || other_->learns(); }
  void on_start(Time now, const EndpointSet& endpoints, EndpointIndex endpoint) override {
    for (Balancer* balancer : {recorded_.get(), other_.get()}) {
      if (balancer->learns()) balancer->on_start(now, endpoints, endpoint);
    }
  }
  void on_release(const EndpointSet& endpoints, EndpointIndex endpoint) override {
    for (Balancer* balancer : {recorded_.get(), other_.get()}) {
      if (balancer->learns()) balancer->on_release(endpoints, endpoint);
    }
  }
  void on_result(Time now, const EndpointSet& endpoints, const AttemptResult& result) override {
    for (Balancer* balancer : {recorded_.get(), other_.get()}) {
      if (balancer->learns()) balancer->on_result(now, endpoints, result);
    }
  }
  bool reads_reports() const override { return recorded_->reads_reports() || other_->reads_reports(); }
  void on_report(Time now, const EndpointSet& endpoints, EndpointIndex endpoint, const LoadReport& report) override {
    for (Balancer* balancer : {recorded_.get(), other_.get()}) {
      if (balancer->reads_reports()) balancer->on_report(now, endpoints, endpoint, report);
    }
  }
  // Those of the recorded one alone: nobody would answer others.
  std::optional<Duration> probe_lifetime() const override { return recorded_->probe_lifetime(); }
  void choose_probes(const PickContext& context, std::vector<EndpointIndex>& targets) override {
    recorded_->choose_probes(context, targets);
  }
  bool panics() const override { return recorded_->panics(); }
  Pick pick(const PickContext& context) override {
    const Pick other =
        other_->pick(PickContext{context.endpoints, context.excluded, random_, context.now, context.key});
    const Pick recorded = recorded_->pick(context);
    ++comparison_->picks;
    const bool same = other.kind == recorded.kind && other.endpoint == recorded.endpoint;
    comparison_->differing += same ? 0 : 1;
    if (!same) other_->went_elsewhere(context.endpoints, other, recorded);
    if (recorded.kind == Pick::Kind::picked) ++comparison_->by_endpoint[recorded.endpoint].recorded;
    if (other.kind == Pick::Kind::picked) ++comparison_->by_endpoint[other.endpoint].other;
    return recorded;
  }
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override {
    return recorded_->score(endpoints, endpoint, now);
  }
  ScoreMeaning score_meaning(const EndpointSet& endpoints) const override {
    return recorded_->score_meaning(endpoints);
  }
  void archive(StateArchive& archive, const EndpointSet& endpoints) override {
    recorded_->archive(archive, endpoints);
  }

 private:
  std::unique_ptr<Balancer> recorded_;
  std::unique_ptr<Balancer> other_;
  RandomStream random_;
  PickComparison* comparison_;
};

}  // namespace meshtwin
