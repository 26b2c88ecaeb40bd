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

bool Upstream::try_begin_pending() {
  if (pending_ >= max_pending_) return false;
  ++pending_;
  return true;
}

void Upstream::end_pending() {
  assert(pending_ > 0);
  --pending_;
}

Pick Upstream::pick_random(Time now, std::span<const EndpointIndex> excluded) {
  if (endpoint_breakers_.enabled()) endpoint_breakers_.readmit_due(now, endpoints_);
  if (!endpoints_.known()) return Pick::queue();
  if (endpoints_.eligible().empty()) return Pick::fail();
  return Pick::picked(pick_uniform(PickContext{endpoints_, excluded, random_, now}));
}

Duration Upstream::backoff_delay(std::uint32_t number) {
  return parts_.backoff ? parts_.backoff->delay(number, random_) : Duration::zero();
}

RetryVerdict Upstream::try_begin_retry(Time now) {
  if (open_retries_ >= max_retries_) return RetryVerdict::limit;
  if (parts_.budget && !parts_.budget->try_spend(now)) return RetryVerdict::budget;
  ++open_retries_;
  return RetryVerdict::granted;
}

void Upstream::end_retry() {
  assert(open_retries_ > 0);
  --open_retries_;
}

}  // namespace meshtwin
