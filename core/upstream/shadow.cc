#include "core/upstream/shadow.h"

#include <algorithm>
#include <utility>

namespace meshtwin {

Shadow::Shadow(const ShadowConfig& config, ShadowParts parts, std::uint64_t seed)
    : config_(config), parts_(std::move(parts)), random_(mix(~seed, 0)), endpoint_breakers_(parts_.endpoint_breaker) {}

const ShadowCounters& Shadow::counters() const {
  if (parts_.outlier_detector) counters_[ShadowCounters::ejections] = parts_.outlier_detector->ejections();
  return counters_;
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

void Shadow::compare_call(bool admitted, bool live_admitted) {
  ++counters_[ShadowCounters::calls];
  if (admitted == live_admitted) return;
  ++counters_[admitted ? ShadowCounters::calls_admitted : ShadowCounters::calls_refused];
}

void Shadow::end_call(Time now, const AdmissionResult& result) {
  for (const auto& admission : parts_.admission) admission->on_end(now, result);
}

void Shadow::compare_pick(const PickContext& live, const Pick& pick) {
  if (!parts_.balancer || (live.endpoints.eligible().empty() && !parts_.balancer->panics())) return;
  const Pick own = parts_.balancer->pick(PickContext{live.endpoints, live.excluded, random_, live.now, live.key});
  ++counters_[ShadowCounters::picks];
  const bool same = own.kind == pick.kind && (own.kind != Pick::Kind::picked || own.endpoint == pick.endpoint);
  counters_[ShadowCounters::picks_differing] += same ? 0 : 1;
}

void Shadow::attempt_refused(Time now) {
  if (!parts_.service_breaker || parts_.service_breaker->admits(now)) ++counters_[ShadowCounters::attempts_admitted];
}

std::uint32_t Shadow::start_attempt(Time now, const EndpointSet& live, EndpointIndex endpoint,
                                    std::uint32_t active_attempts) {
  catch_up(now);
  ++counters_[ShadowCounters::attempts];
  if (config_.limits.connections && active_attempts >= *config_.limits.connections) {
    ++counters_[ShadowCounters::attempts_pending];
  }
  if (parts_.balancer && parts_.balancer->learns()) parts_.balancer->on_start(now, live, endpoint);
  Ticket ticket;
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
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(tickets_.size()));
    tickets_.emplace_back();
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  tickets_[number] = ticket;
  return number;
}

void Shadow::release_attempt(const EndpointSet& live, EndpointIndex endpoint) {
  if (parts_.balancer && parts_.balancer->learns()) parts_.balancer->on_release(live, endpoint);
}

void Shadow::finish_attempt(Time now, const EndpointSet& live, const AttemptResult& result, std::uint32_t number) {
  catch_up(now);
  if (parts_.balancer && parts_.balancer->learns()) parts_.balancer->on_result(now, live, result);
  if (number == kNoTicket) return;
  const Ticket ticket = tickets_[number];
  free_.push_back(number);
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
