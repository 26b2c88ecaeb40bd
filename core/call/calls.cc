#include "core/call/calls.h"

#include <utility>

namespace meshtwin {

void Calls::add_slot() {
  free_.push_back(static_cast<std::uint32_t>(slots_.size()));
  slots_.emplace_back();
  free_.reserve(slots_.capacity());
}

void Calls::put_out_probes(Time now) {
  for (const ReportFor asker : {ReportFor::policy, ReportFor::shadow}) {
    const std::optional<Duration> lifetime = upstream_->probe_lifetime(asker);
    if (lifetime) put_out_probes(asker, upstream_->probe_targets(now, asker), saturating_add(now, *lifetime));
  }
}

void Calls::put_out_probes(ReportFor asker, std::span<const EndpointIndex> targets, Time until) {
  for (const EndpointIndex endpoint : targets) {
    Output& output = outputs_.emplace_back();
    output.kind = Output::Kind::start_probe;
    output.asks = asker;
    output.endpoint = endpoint;
    output.at = until;
  }
}

void Calls::handle_timeout(Time now, CallId id) {
  if (!is_open(id)) return;
  Call& call = slots_[id.slot].call;
  const bool was_pending = call.state() == Call::State::pending;
  call.handle_timeout(context(now, id));
  const bool went_on = call.state() == Call::State::active || call.state() == Call::State::backoff;
  if (was_pending && went_on) forget_waiting(id);
  // Who waits on has just been asked, and is not asked again.
  if (was_pending && call.state() == Call::State::pending) return;
  settle(now, id, was_pending);
}

void Calls::cancel(Time now, CallId id) {
  if (!is_open(id)) return;
  slots_[id.slot].call.cancel(context(now, id));
  settle(now, id, true);
}

void Calls::forbid_retries(Time now, CallId id) {
  if (!is_open(id)) return;
  slots_[id.slot].call.forbid_retries(context(now, id));
  settle(now, id, true);
}

void Calls::update_endpoints(Time now, MembershipPtr membership) {
  upstream_->update_endpoints(now, std::move(membership));
  resume_waiting(now, pending_.size());
}

// Of one that went on by itself.
void Calls::forget_waiting(CallId id) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (pending_[i] != id) pending_[kept++] = pending_[i];
  }
  pending_.truncate(kept);
}

// In order, up to the first one that has to wait on, since the balancer says "queue".
void Calls::resume_waiting(Time now, std::size_t count) {
  for (std::size_t left = count; left > 0 && upstream_->can_resume(); --left) {
    const CallId next = pending_.front();
    if (is_pending(next)) {
      slots_[next.slot].call.resume(context(now, next));
      if (is_pending(next)) break;
      settle_one(next, false);
    }
    pending_.pop_front();
  }
  forget_ended();
}

bool Calls::is_pending(CallId id) const {
  return is_open(id) && slots_[id.slot].call.state() == Call::State::pending;
}

// While nothing can go on, waiting calls that time out leave their ids behind; dropping them when they are
// the majority keeps the queue short at a constant cost for each call.
void Calls::forget_ended() {
  constexpr std::size_t kWorthIt = 16;
  if (pending_.size() < kWorthIt || pending_.size() <= 2 * std::size_t{upstream_->pending()}) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (is_pending(pending_[i])) pending_[kept++] = pending_[i];
  }
  pending_.truncate(kept);
}

}  // namespace meshtwin
