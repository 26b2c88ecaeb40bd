#include "core/upstream/upstream.h"

#include <cassert>
#include <limits>
#include <utility>

#include "core/upstream/uniform_pick.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Upstream::Upstream(const PolicyConfig& config, PolicyParts parts, std::uint64_t seed)
    : config_(config),
      parts_(std::move(parts)),
      random_(seed),
      endpoint_breakers_(parts_.endpoint_breaker),
      max_connections_(config.limits.connections.value_or(kUnlimited)),
      max_pending_(config.limits.pending.value_or(kUnlimited)),
      max_requests_(config.limits.requests.value_or(kUnlimited)),
      max_retries_(config.limits.retries.value_or(kUnlimited)) {
  assert(parts_.balancer != nullptr);
}

void Upstream::update_endpoints(MembershipPtr membership) {
  endpoints_.update(std::move(membership));
  if (endpoint_breakers_.enabled()) endpoint_breakers_.apply_to(endpoints_);
}

bool Upstream::try_begin_call(Time now) {
  if (open_calls_ >= max_requests_) return false;
  ++open_calls_;
  if (parts_.budget) parts_.budget->on_request(now);
  return true;
}

void Upstream::end_call(Time now, bool success) {
  assert(open_calls_ > 0);
  --open_calls_;
  if (success && parts_.budget) parts_.budget->on_success(now);
}

bool Upstream::try_begin_pending() {
  if (pending_ >= max_pending_) return false;
  ++pending_;
  return true;
}

void Upstream::end_pending() {
  assert(pending_ > 0);
  --pending_;
}

Pick Upstream::pick(Time now, std::span<const EndpointIndex> excluded) {
  if (endpoint_breakers_.enabled()) endpoint_breakers_.readmit_due(now, endpoints_);
  if (!endpoints_.known()) return Pick::queue();
  if (endpoints_.eligible().empty()) return Pick::fail();
  return parts_.balancer->pick(PickContext{endpoints_, excluded, random_, now});
}

Pick Upstream::pick_random(Time now, std::span<const EndpointIndex> excluded) {
  if (endpoint_breakers_.enabled()) endpoint_breakers_.readmit_due(now, endpoints_);
  if (!endpoints_.known()) return Pick::queue();
  if (endpoints_.eligible().empty()) return Pick::fail();
  return Pick::picked(pick_uniform(PickContext{endpoints_, excluded, random_, now}));
}

AttemptTicket Upstream::start_attempt(Time now, EndpointIndex endpoint) {
  ++active_attempts_;
  endpoints_.attempt_started(endpoint);
  AttemptTicket ticket{endpoint, 0, 0};
  if (parts_.service_breaker) ticket.service_breaker = parts_.service_breaker->on_start(now);
  if (endpoint_breakers_.enabled()) {
    ticket.endpoint_breaker = endpoint_breakers_.on_start(now, endpoint, endpoints_);
  }
  return ticket;
}

void Upstream::finish_attempt(Time now, const AttemptTicket& ticket, Verdict verdict) {
  assert(active_attempts_ > 0);
  --active_attempts_;
  endpoints_.attempt_finished(ticket.endpoint);
  if (parts_.service_breaker) parts_.service_breaker->on_finish(now, ticket.service_breaker, verdict);
  if (endpoint_breakers_.enabled()) {
    endpoint_breakers_.on_finish(now, ticket.endpoint, ticket.endpoint_breaker, verdict, endpoints_);
  }
}

Duration Upstream::backoff_delay(std::uint32_t number) {
  return parts_.backoff ? parts_.backoff->delay(number, random_) : Duration::zero();
}

bool Upstream::try_begin_retry(Time now) {
  if (open_retries_ >= max_retries_) return false;
  if (parts_.budget && !parts_.budget->try_spend(now)) return false;
  ++open_retries_;
  return true;
}

void Upstream::end_retry() {
  assert(open_retries_ > 0);
  --open_retries_;
}

}  // namespace meshtwin
