#include "core/call/calls.h"

#include <utility>

namespace meshtwin {

CallId Calls::start(Time now, Time deadline) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  Slot& slot = slots_[free_.back()];
  const CallId id{free_.back(), slot.generation};
  free_.pop_back();
  slot.in_use = true;
  slot.call.start(context(now, id), deadline);
  settle(now, id, false);
  return id;
}

void Calls::handle(Time now, CallId id, std::uint8_t attempt, const AttemptInput& input) {
  if (!is_open(id)) return;
  Call& call = slots_[id.slot].call;
  const bool was_pending = call.state() == Call::State::pending;
  call.handle(context(now, id), attempt, input);
  settle(now, id, was_pending);
}

void Calls::handle_timeout(Time now, CallId id) {
  if (!is_open(id)) return;
  Call& call = slots_[id.slot].call;
  const bool was_pending = call.state() == Call::State::pending;
  call.handle_timeout(context(now, id));
  settle(now, id, was_pending);
}

void Calls::cancel(Time now, CallId id) {
  if (!is_open(id)) return;
  slots_[id.slot].call.cancel(context(now, id));
  settle(now, id, true);
}

void Calls::update_endpoints(Time now, MembershipPtr membership) {
  upstream_->update_endpoints(std::move(membership));
  settle(now, CallId{}, true);
}

void Calls::settle(Time now, CallId id, bool was_pending) {
  settle_one(id, was_pending);
  // One round at most: a call whose balancer says "queue" again goes to the end and waits for the next input.
  for (std::size_t left = pending_.size(); left > 0 && upstream_->can_resume(); --left) {
    const CallId next = pending_.front();
    pending_.pop_front();
    if (!is_open(next) || slots_[next.slot].call.state() != Call::State::pending) continue;
    slots_[next.slot].call.resume(context(now, next));
    settle_one(next, false);
  }
}

void Calls::settle_one(CallId id, bool was_pending) {
  if (!is_open(id)) return;
  Slot& slot = slots_[id.slot];
  if (slot.call.state() == Call::State::pending && !was_pending) pending_.push_back(id);
  if (slot.call.state() != Call::State::finished) return;
  slot.in_use = false;
  ++slot.generation;
  free_.push_back(id.slot);
}

}  // namespace meshtwin
