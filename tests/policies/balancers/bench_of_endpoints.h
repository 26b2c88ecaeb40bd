// Endpoints under a balancer, for tests: weights, ejections, active requests, picks and counts of picks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"
#include "policies/catalog.h"

namespace meshtwin::test {

class BenchOfEndpoints {
 public:
  // Endpoint i has weights[i]. Time is what `now` says.
  BenchOfEndpoints(const BalancerConfig& config, const std::vector<std::uint32_t>& weights,
                   std::uint64_t seed = 1)
      : balancer_(make_balancer(config, seed)), random_(seed) {
    set_weights(weights);
  }
  // With the placement of the policy, too.
  BenchOfEndpoints(const PolicyConfig& config, const std::vector<Member>& members, std::uint64_t seed = 1)
      : balancer_(make_policy_parts(config, seed).balancer), random_(seed) {
    set_members(members);
  }

  void set_weights(const std::vector<std::uint32_t>& weights) {
    std::vector<Member> members;
    for (EndpointIndex e = 0; e < weights.size(); ++e) members.push_back({e, weights[e]});
    set_members(members);
  }
  void set_members(const std::vector<Member>& members) {
    endpoints.update(std::make_shared<const Membership>(members));
  }
  void start(EndpointIndex endpoint) {
    if (balancer_->learns()) balancer_->on_start(now, endpoints, endpoint);
    endpoints.attempt_started(endpoint);
  }
  // With a report, where the balancer reads those of answers and `reports` says so.
  void finish(EndpointIndex endpoint, Duration latency, Verdict verdict = Verdict::success) {
    endpoints.attempt_finished(endpoint);
    if (reports && balancer_->reads_reports() && !balancer_->probe_lifetime()) {
      LoadReport load;
      load.in_flight = endpoints.active(endpoint);
      load.latency = load.service_time = latency;
      load.application_utilization = 0.5;
      load.requests_per_second = 100;
      report(endpoint, load);
    }
    if (!balancer_->learns()) return;
    balancer_->on_release(endpoints, endpoint);
    balancer_->on_result(now, endpoints, {endpoint, verdict, latency});
  }
  // Attempts end well after a time of the endpoint's own.
  void set_active(EndpointIndex endpoint, std::uint32_t count) {
    while (endpoints.active(endpoint) > count) finish(endpoint, std::chrono::milliseconds(1 + endpoint % 3));
    while (endpoints.active(endpoint) < count) start(endpoint);
  }

  EndpointIndex pick(const std::vector<EndpointIndex>& excluded = {}, PickTrace* trace = nullptr) {
    const Pick pick = balancer_->pick(PickContext{endpoints, excluded, random_, now, key, trace});
    if (answers_probes && balancer_->probe_lifetime()) answer_probes();
    return last_picked_ = pick.kind == Pick::Kind::picked ? pick.endpoint : ~EndpointIndex{0};
  }
  // Endpoints that are asked say how many are active, and a latency of their own; at once.
  void answer_probes() {
    std::vector<EndpointIndex> targets;
    balancer_->choose_probes(PickContext{endpoints, {}, random_, now}, targets);
    probes += targets.size();
    for (const EndpointIndex e : targets) {
      LoadReport answer;
      answer.in_flight = endpoints.active(e);
      answer.latency = std::chrono::milliseconds(10);
      report(e, answer);
    }
  }
  void report(EndpointIndex endpoint, const LoadReport& load) { balancer_->on_report(now, endpoints, endpoint, load); }
  Balancer& balancer() { return *balancer_; }
  EndpointIndex last_picked() const { return last_picked_; }
  double score(EndpointIndex endpoint) const { return balancer_->score(endpoints, endpoint, now); }
  // By endpoint, over `picks` picks that leave the active requests as they are.
  std::vector<std::uint64_t> count(std::size_t endpoint_count, int picks,
                                   const std::vector<EndpointIndex>& excluded = {}) {
    std::vector<std::uint64_t> counts(endpoint_count);
    for (int i = 0; i < picks; ++i) ++counts.at(pick(excluded));
    return counts;
  }
  // The next picks as letters, endpoint 0 as 'a'.
  std::string letters(int picks) {
    std::string text;
    for (int i = 0; i < picks; ++i) text += static_cast<char>('a' + pick());
    return text;
  }

  EndpointSet endpoints;
  Time now{};
  bool answers_probes = true;  // after each pick
  bool reports = false;        // with each end
  std::uint64_t probes = 0;    // asked for
  std::optional<std::uint64_t> key;  // of the next picks

 private:
  std::unique_ptr<Balancer> balancer_;
  EndpointIndex last_picked_ = 0;
  RandomStream random_;
};

}  // namespace meshtwin::test
