// One service as one client (a sidecar or a proxy worker) sees it: endpoints, balancer, breakers, budget,
// limits.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/call/events.h"
#include "core/config/policy.h"
#include "core/random/stream.h"
#include "core/time.h"
#include "core/upstream/decision_log.h"
#include "core/upstream/endpoint_breakers.h"
#include "core/upstream/endpoint_set.h"
#include "core/upstream/policy_interfaces.h"
#include "core/upstream/policy_parts.h"
#include "core/upstream/shadow.h"
#include "core/upstream/upstream_counters.h"

namespace meshtwin {

// Proof that an attempt was started; given back when it ends.
struct AttemptTicket {
  Time started{};
  Time answered = kNever;  // when the head of its response came
  EndpointIndex endpoint = 0;
  std::uint32_t service_breaker = 0;
  std::uint32_t endpoint_breaker = 0;
  std::uint32_t shadow = Shadow::kNoTicket;
};

// Whether a call is let in.
struct Admittance {
  FailureKind refusal = FailureKind::none;   // how the call ends that isn't
  std::uint32_t shadow = Shadow::kNoTicket;  // of one that is, where there is a shadow
};

// What an endpoint is to this client at one instant, for people.
struct EndpointView {
  Standing standing = Standing::not_a_member;
  std::uint32_t weight = 0;
  std::uint32_t active = 0;
  Breaker::State breaker = Breaker::State::closed;  // its own; closed where there are none
  Time opens_until = kNever;                        // when the open breaker lets probes through
  OutlierDetector::View outlier;
  double score = 0;                                 // the balancer's, 0 unless it is a member
  ScoreMeaning meaning;
};

// The state that all calls of a client to a service share. Calls (core/call/calls.h) drives it.
class Upstream {
 public:
  // `seed` starts the random stream of picks and backoff.
  Upstream(const PolicyConfig& config, PolicyParts parts, std::uint64_t seed);

  const PolicyConfig& config() const { return config_; }
  const EndpointSet& endpoints() const { return endpoints_; }
  void update_endpoints(Time now, MembershipPtr membership);
  // Before the first endpoints; names may be added to `names` before an endpoint is a member.
  void name_endpoints(EndpointNamesPtr names) { endpoints_.set_names(std::move(names)); }
  // Where this client is; before the first endpoints.
  void set_locality(LocalityIndex locality) { endpoints_.set_own_locality(locality); }

  // A call that limits.requests and the admission controls let in takes a place among the open ones, until end_call.
  Admittance begin_call(Time now, const CallStart& start) {
    if (judges_calls_) [[unlikely]] return judge_call(now, start);
    if (open_calls_ >= max_requests_) return {FailureKind::rejected_limit};
    count_call(now);
    return {};
  }
  // Whether a call goes on that gets its first place, since `waits_since`; kNever: it has not waited.
  bool keeps(Time now, Time waits_since) { return !judges_calls_ || all_keep(now, waits_since); }
  // `shadow` of its admittance.
  void end_call(Time now, Time began, FailureKind failure, std::uint16_t status, std::uint32_t shadow) {
    assert(open_calls_ > 0);
    if (failure == FailureKind::none && parts_.budget) parts_.budget->on_success(now);
    if (judges_calls_) [[unlikely]] tell_admission(now, began, failure, status, shadow);
    --open_calls_;
  }

  // How long after an attempt's start the call hedges; HedgeDelay::kUnknown: not at all.
  Duration hedge_delay(Time now) {
    if (!config_.hedge) return HedgeDelay::kUnknown;
    return parts_.hedge_delay ? parts_.hedge_delay->delay(now) : config_.hedge->after;
  }
  // True takes the hedge out of its budget.
  bool try_begin_hedge(Time now) { return !parts_.hedge_budget || parts_.hedge_budget->try_spend(now); }
  // It was not started.
  void give_back_hedge(Time now) {
    if (parts_.hedge_budget) parts_.hedge_budget->give_back(now, now);
  }

  // Whether the service's breaker lets an attempt through now.
  bool breaker_admits(Time now) { return !parts_.service_breaker || parts_.service_breaker->admits(now); }
  // Null where the policy has none.
  Shadow* shadow() { return shadow_.get(); }
  const Shadow* shadow() const { return shadow_.get(); }
  // Whether limits.connections leaves room for one more attempt.
  bool has_connection() const { return active_attempts_ < max_connections_; }
  // Attempts waiting for a connection or for endpoints, against limits.pending. True takes a place.
  bool try_begin_pending();
  void end_pending();
  // Whether a pending call could go on now.
  bool can_resume() const { return has_connection() && endpoints_.known(); }

  // Whether what endpoints say of their load is of use, with responses or probes.
  bool reads_reports() const { return reads_reports_; }
  void handle_report(Time now, EndpointIndex endpoint, const LoadReport& report, ReportFor whom);
  // Whether the balancer asks for probes, or a shadow's does.
  bool probes() const { return probes_; }
  // None: the one of `asker` never does.
  std::optional<Duration> probe_lifetime(ReportFor asker) const;
  // After a call's first pick; counted as probes of the asker. Good until the next call.
  std::span<const EndpointIndex> probe_targets(Time now, ReportFor asker);

  // Where the next attempt goes. `excluded` and `key` as in PickContext; `of` is for the log of decisions.
  Pick pick(Time now, std::span<const EndpointIndex> excluded, std::optional<std::uint64_t> key = {},
            DecisionOf of = {}) {
    readmit_due(now);
    if (watches_picks_) [[unlikely]] return pick_and_keep(now, excluded, key, of);
    if (!endpoints_.known()) return Pick::queue();
    if (endpoints_.eligible().empty() && !balancer_panics_) return Pick::fail();
    return parts_.balancer->pick(PickContext{endpoints_, excluded, random_, now, key});
  }
  // Uniformly at random among the eligible endpoints that are not excluded; among all when each is. Where a balancer
  // compares the key's replicas, among those.
  Pick pick_random(Time now, std::span<const EndpointIndex> excluded, std::optional<std::uint64_t> key = {},
                   DecisionOf of = {});
  // `endpoint` while it is eligible, else as pick().
  Pick pick_same(Time now, EndpointIndex endpoint, std::optional<std::uint64_t> key = {}, DecisionOf of = {});

  // `shadow` of the call's admittance.
  AttemptTicket start_attempt(Time now, EndpointIndex endpoint, std::uint32_t shadow = Shadow::kNoTicket) {
    ++active_attempts_;
    ++counters_.attempts;
    if (balancer_learns_) parts_.balancer->on_start(now, endpoints_, endpoint);
    AttemptTicket ticket;
    if (shadow_) [[unlikely]] ticket.shadow = shadow_->start_attempt(now, endpoints_, endpoint, shadow);
    endpoints_.attempt_started(endpoint);
    ticket.started = now;
    ticket.endpoint = endpoint;
    if (parts_.service_breaker) ticket.service_breaker = parts_.service_breaker->on_start(now);
    if (endpoint_breakers_.enabled()) {
      ticket.endpoint_breaker = endpoint_breakers_.on_start(now, endpoint, endpoints_);
    }
    return ticket;
  }
  void finish_attempt(Time now, const AttemptTicket& ticket, Verdict verdict) {
    release_attempt(now, ticket);
    judge_attempt(now, ticket, verdict);
  }
  // Its two halves, for an attempt whose verdict is known before its end.
  void release_attempt(Time now, const AttemptTicket& ticket) {
    assert(active_attempts_ > 0);
    --active_attempts_;
    endpoints_.attempt_finished(ticket.endpoint);
    if (balancer_learns_) parts_.balancer->on_release(endpoints_, ticket.endpoint);
    if (shadow_) [[unlikely]] shadow_->release_attempt(now, endpoints_, ticket.endpoint, ticket.shadow);
  }
  void judge_attempt(Time now, const AttemptTicket& ticket, Verdict verdict) {
    if (parts_.outlier_detector) {
      if (now >= next_sweep_) sweep(now);
      parts_.outlier_detector->on_result(now, ticket.endpoint, verdict, endpoints_);
    }
    if (hears_results_) {
      const AttemptResult result{ticket.endpoint, verdict, std::min(ticket.answered, now) - ticket.started};
      if (balancer_learns_) parts_.balancer->on_result(now, endpoints_, result);
      if (parts_.hedge_delay) parts_.hedge_delay->on_result(now, result);
      if (shadow_) [[unlikely]] shadow_->finish_attempt(now, endpoints_, result, ticket.shadow);
    }
    if (parts_.service_breaker) parts_.service_breaker->on_finish(now, ticket.service_breaker, verdict);
    if (endpoint_breakers_.enabled()) {
      endpoint_breakers_.on_finish(now, ticket.endpoint, ticket.endpoint_breaker, verdict, endpoints_);
    }
  }

  // The wait before retry `number`.
  Duration backoff_delay(std::uint32_t number);
  // Takes a place of limits.retries and spends the budget; anything but `granted` takes nothing.
  RetryVerdict try_begin_retry(Time now);
  void end_retry();
  // The retry that was granted at `granted` never started an attempt.
  void give_back_retry(Time now, Time granted) {
    if (parts_.budget) parts_.budget->give_back(now, granted);
  }

  // Counts and keeps a decision that is no pick.
  void decided(Time now, DecisionOf of, Decision::Kind kind);
  void decided_retry(Time now, DecisionOf of, FailureKind failure, RetryVerdict verdict);
  UpstreamCounters& counters() { return counters_; }
  const UpstreamCounters& counters() const { return counters_; }

  // Keeps the last `count` decisions from now on; 0, as at the start, keeps none. The choices are the same.
  void keep_decisions(std::size_t count);
  // Those that are kept so far, if any; it goes on keeping.
  void forget_decisions() {
    if (decisions_) decisions_->clear();
  }
  // Null where none are kept.
  const DecisionLog* decisions() const { return decisions_.get(); }
  // Changes nothing. `endpoint` may be any number.
  EndpointView endpoint_view(Time now, EndpointIndex endpoint) const;

  std::uint32_t active_attempts() const { return active_attempts_; }
  std::uint32_t open_calls() const { return open_calls_; }
  std::uint32_t open_retries() const { return open_retries_; }
  std::uint32_t pending() const { return pending_; }
  // Null where the policy has none.
  const Breaker* service_breaker() const { return parts_.service_breaker.get(); }
  const OutlierDetector* outlier_detector() const { return parts_.outlier_detector.get(); }

  // Everything but the configuration. A state can be loaded into an upstream of the same configuration.
  void archive(StateArchive& archive);

 private:
  // Makes endpoints eligible again whose time has come, and keeps out those that a sweep finds.
  void readmit_due(Time now) {
    if (now >= next_sweep_) [[unlikely]] sweep(now);
    if (endpoint_breakers_.enabled()) endpoint_breakers_.readmit_due(now, endpoints_);
  }
  void sweep(Time now);
  Admittance judge_call(Time now, const CallStart& start);
  // One that is let in.
  void count_call(Time now) {
    ++open_calls_;
    if (parts_.budget) parts_.budget->on_request(now);
    if (parts_.hedge_budget) parts_.hedge_budget->on_request(now);
  }
  FailureKind first_refusal(Time now, const CallStart& start);
  bool all_keep(Time now, Time waits_since);
  void tell_admission(Time now, Time began, FailureKind failure, std::uint16_t status, std::uint32_t shadow);
  Pick pick_and_keep(Time now, std::span<const EndpointIndex> excluded, std::optional<std::uint64_t> key,
                     DecisionOf of);
  Decision* keep_pick(Time now, std::span<const EndpointIndex> excluded, DecisionOf of);

  PolicyConfig config_;
  PolicyParts parts_;
  RandomStream random_;
  // What is asked on each call's way, in one place: who has anything to say there.
  bool balancer_learns_;
  bool reads_reports_;          // the balancer, or a shadow's
  bool balancer_panics_;
  bool judges_calls_;           // admission controls or a shadow
  bool hears_results_;          // the balancer, the hedges' delay or a shadow
  bool watches_picks_ = false;  // the log of decisions or a shadow
  bool probes_;                 // the balancer, or a shadow's
  bool keys_are_shadows_;       // admission controls in charge don't see them
  std::vector<EndpointIndex> probe_targets_;
  EndpointSet endpoints_;
  EndpointBreakers endpoint_breakers_;
  Time next_sweep_ = kNever;
  std::uint32_t max_connections_;
  std::uint32_t max_pending_;
  std::uint32_t max_requests_;
  std::uint32_t max_retries_;
  std::uint32_t active_attempts_ = 0;
  std::uint32_t pending_ = 0;
  std::uint32_t open_calls_ = 0;
  std::uint32_t open_retries_ = 0;
  UpstreamCounters counters_;
  std::unique_ptr<DecisionLog> decisions_;
  std::unique_ptr<Shadow> shadow_;
};

}  // namespace meshtwin
