#include "core/upstream/shadow.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace meshtwin {
namespace {

constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

void take_over(std::optional<std::uint32_t>& limit, const std::optional<std::uint32_t>& in_charge) {
  if (!limit) limit = in_charge;
}

ShadowConfig completed(const PolicyConfig& policy) {
  ShadowConfig out = *policy.shadow;
  take_over(out.limits.connections, policy.limits.connections);
  take_over(out.limits.pending, policy.limits.pending);
  take_over(out.limits.requests, policy.limits.requests);
  return out;
}

// Admission controls of its own would give places to calls that the policy's CoDel sheds from its queue.
bool needs_places(const PolicyConfig& policy, bool has_admission) {
  const ShadowConfig& shadow = *policy.shadow;
  const bool waits_matter = shadow.admission.codel || shadow.admission.priority_shedding;
  const bool others_shed = has_admission && policy.admission.codel;
  return waits_matter || others_shed || shadow.limits.connections || shadow.limits.pending;
}

}  // namespace

Shadow::Shadow(const PolicyConfig& policy, ShadowParts parts, std::uint64_t seed)
    : config_(completed(policy)),
      parts_(std::move(parts)),
      random_(mix(~seed, 0)),
      endpoint_breakers_(parts_.endpoint_breaker) {
  if (!needs_places(policy, !parts_.admission.empty()) || !config_.limits.connections) return;
  places_.emplace(*config_.limits.connections, config_.limits.pending.value_or(kUnlimited));
}

ShadowCounters Shadow::counters() const {
  ShadowCounters out = counters_;
  if (parts_.outlier_detector) out[ShadowCounters::ejections] = parts_.outlier_detector->ejections();
  return out;
}

void Shadow::update_endpoints(Time now, const MembershipPtr& membership) {
  catch_up(now);
  endpoints_.update(membership);
  if (endpoint_breakers_.enabled()) endpoint_breakers_.apply_to(endpoints_);
  if (parts_.outlier_detector) parts_.outlier_detector->on_members(now, endpoints_);
}

void Shadow::handle_report(Time now, const EndpointSet& live, EndpointIndex endpoint, const LoadReport& report) {
  if (reads_reports()) parts_.balancer->on_report(now, live, endpoint, report);
}

std::optional<Duration> Shadow::probe_lifetime() const {
  return parts_.balancer ? parts_.balancer->probe_lifetime() : std::nullopt;
}

void Shadow::choose_probes(Time now, const EndpointSet& live, std::vector<EndpointIndex>& targets) {
  parts_.balancer->choose_probes(PickContext{live, {}, random_, now}, targets);
  counters_[ShadowCounters::probes] += targets.size();
}

// Sweeps and readmissions that are due.
void Shadow::catch_up(Time now) {
  if (parts_.outlier_detector && now >= parts_.outlier_detector->next_sweep()) {
    parts_.outlier_detector->sweep(now, endpoints_, random_);
  }
  if (endpoint_breakers_.enabled()) endpoint_breakers_.readmit_due(now, endpoints_);
}

bool Shadow::judges_call(Time now, std::uint32_t open_calls, std::uint8_t urgency, std::optional<std::uint64_t> key) {
  if (config_.limits.requests && open_calls >= *config_.limits.requests) return false;
  const AdmissionRequest request{now, open_calls, urgency, key};
  return std::all_of(parts_.admission.begin(), parts_.admission.end(),
                     [&](const auto& admission) { return admission->admits(request, random_); });
}

std::uint32_t Shadow::begin_call(bool admitted, FailureKind refusal) {
  ++counters_[ShadowCounters::calls];
  const bool live_admitted = refusal == FailureKind::none;
  const bool by_limit = refusal == FailureKind::rejected_limit;
  const bool has_a_say = live_admitted || by_limit || !parts_.admission.empty();
  if (has_a_say && admitted != live_admitted) {
    ++counters_[admitted ? ShadowCounters::calls_admitted : ShadowCounters::calls_refused];
  }
  if (!live_admitted) return kNoTicket;
  CallTicket ticket;
  ticket.admitted = admitted;
  return calls_.add(ticket);
}

void Shadow::end_call(Time now, AdmissionResult result, FailureKind failure, std::uint32_t number) {
  leave_of_call(now, number);
  const CallTicket call = calls_[number];
  calls_.remove(number);
  const bool live_shed = failure == FailureKind::shed;
  if (call.was_shed && !live_shed) ++counters_[ShadowCounters::calls_shed];
  if (call.was_placed && live_shed && !parts_.admission.empty()) ++counters_[ShadowCounters::calls_kept];
  if (!call.admitted) return;
  if (call.left_out) result.kind = AdmissionResult::Kind::unknown;
  for (const auto& admission : parts_.admission) admission->on_end(now, result);
}

void Shadow::compare_pick(const PickContext& live, const Pick& pick) {
  if (!parts_.balancer || (live.endpoints.eligible().empty() && !parts_.balancer->panics())) return;
  const Pick own = parts_.balancer->pick(PickContext{live.endpoints, live.excluded, random_, live.now, live.key});
  ++counters_[ShadowCounters::picks];
  count_pick(pick, &PickShare::policy);
  count_pick(own, &PickShare::shadow);
  if (own.kind == pick.kind && (own.kind != Pick::Kind::picked || own.endpoint == pick.endpoint)) return;
  ++counters_[ShadowCounters::picks_differing];
  parts_.balancer->went_elsewhere(live.endpoints, own, pick);
}

void Shadow::count_pick(const Pick& pick, std::uint64_t PickShare::*whose) {
  if (pick.kind != Pick::Kind::picked) return;
  if (pick.endpoint >= shares_.size()) shares_.resize(pick.endpoint + std::size_t{1});
  ++(shares_[pick.endpoint].*whose);
}

void Shadow::attempt_refused(Time now) {
  if (parts_.service_breaker && parts_.service_breaker->admits(now)) ++counters_[ShadowCounters::attempts_admitted];
}

std::uint32_t Shadow::start_attempt(Time now, const EndpointSet& live, EndpointIndex endpoint, std::uint32_t call) {
  catch_up(now);
  ++counters_[ShadowCounters::attempts];
  if (parts_.balancer && parts_.balancer->learns()) parts_.balancer->on_start(now, live, endpoint);
  AttemptTicket ticket;
  ticket.call = call;
  ticket.at_endpoint = endpoints_.is_eligible(endpoint);
  if (!ticket.at_endpoint) ++counters_[ShadowCounters::attempts_at_ejected];
  if (parts_.service_breaker) {
    ticket.at_service = parts_.service_breaker->admits(now);
    if (ticket.at_service) ticket.service_breaker = parts_.service_breaker->on_start(now);
    if (!ticket.at_service) ++counters_[ShadowCounters::attempts_refused];
  }
  if (ticket.at_endpoint && endpoint_breakers_.enabled()) {
    ticket.endpoint_breaker = endpoint_breakers_.on_start(now, endpoint, endpoints_);
  }
  const std::uint32_t number = attempts_.add(ticket);
  if (call != kNoTicket && has_part(calls_[call])) place_attempt(now, number);
  return number;
}

void Shadow::release_attempt(Time now, const EndpointSet& live, EndpointIndex endpoint, std::uint32_t number) {
  if (parts_.balancer && parts_.balancer->learns()) parts_.balancer->on_release(live, endpoint);
  AttemptTicket& ticket = attempts_[number];
  ticket.released = true;
  if (ticket.is_first) {
    leave_of_call(now, ticket.call);
  } else {
    leave_of_attempt(now, number);
  }
  if (ticket.finished) attempts_.remove(number);
}

void Shadow::finish_attempt(Time now, const EndpointSet& live, const AttemptResult& result, std::uint32_t number) {
  catch_up(now);
  if (parts_.balancer && parts_.balancer->learns()) parts_.balancer->on_result(now, live, result);
  attempts_[number].finished = true;
  const AttemptTicket ticket = attempts_[number];
  if (ticket.released) attempts_.remove(number);
  if (ticket.at_service) parts_.service_breaker->on_finish(now, ticket.service_breaker, result.verdict);
  if (!ticket.at_endpoint) return;
  if (parts_.outlier_detector) {
    parts_.outlier_detector->on_result(now, result.endpoint, result.verdict, endpoints_);
  }
  if (endpoint_breakers_.enabled()) {
    endpoint_breakers_.on_finish(now, result.endpoint, ticket.endpoint_breaker, result.verdict, endpoints_);
  }
}

void Shadow::retry_granted(std::uint32_t open_retries) {
  const bool refused = config_.limits.retries && open_retries >= *config_.limits.retries;
  if (refused) ++counters_[ShadowCounters::retries_refused];
}

}  // namespace meshtwin
