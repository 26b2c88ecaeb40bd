// All calls of one client to one service: what a driver talks to.
#pragma once

#include <cassert>
#include <cstdint>
#include <span>
#include <vector>

#include "core/cache_line.h"
#include "core/call/call.h"
#include "core/call/events.h"
#include "core/ring_buffer.h"
#include "core/upstream/upstream.h"

namespace meshtwin {

// The contract with drivers: time never goes back; inputs of one instant are handled in the driver's order;
// each input is followed by draining outputs(); each started call puts out one finish, each started attempt
// ends by an input (a failure, or the end of the response) or by a cancel_attempt, which comes before the
// finish: also of an attempt whose response is on its way to the caller when the deadline passes (outcome
// `timeout`, with the response's status) or when the caller goes away. Ids of calls that are over may still
// come in and are ignored. Nothing is allocated once the numbers of concurrent and of pending calls have been
// seen.
class Calls {
 public:
  explicit Calls(Upstream& upstream) : upstream_(&upstream) {}

  CallId start(Time now, const CallStart& start = {});
  void handle(Time now, CallId id, std::uint8_t attempt, const AttemptInput& input);
  void handle_timeout(Time now, CallId id);
  // The caller has gone away.
  void cancel(Time now, CallId id);
  // The driver has not kept the request (a body too large to buffer): no further attempt may start, neither
  // retry nor hedge. A call whose retry waits, for its backoff or a connection, ends with its last failure;
  // attempts under way go on, and so does a call that waits for its first attempt.
  void forbid_retries(Time now, CallId id);
  // What `endpoint` says of its load: with a response, before its head is handled, or when it is probed; then it is for
  // whom the probe asked. It puts nothing out. No use unless Upstream::reads_reports().
  void handle_report(Time now, EndpointIndex endpoint, const LoadReport& report, ReportFor whom) {
    upstream_->handle_report(now, endpoint, report, whom);
  }
  // New members are in use at once; calls that waited for endpoints go on.
  void update_endpoints(Time now, MembershipPtr membership);

  bool is_open(CallId id) const {
    return id.slot < slots_.size() && slots_[id.slot].generation == id.generation && slots_[id.slot].in_use;
  }
  Time deadline(CallId id) const { return slots_[id.slot].call.deadline(); }
  Outputs& outputs() { return outputs_; }
  const Outputs& outputs() const { return outputs_; }
  Upstream& upstream() { return *upstream_; }

  // The state of the upstream and of all calls; outputs are no part of it. A state can be loaded into new
  // Calls of an upstream with the same configuration.
  void archive(StateArchive& archive);
  // The id of the call in `slot`, or of the next one where it is free; all ones where there is no such slot.
  CallId id_in_slot(std::uint32_t slot) const {
    return slot < slots_.size() ? CallId{slot, slots_[slot].generation} : CallId{~0u, ~0u};
  }

 private:
  struct alignas(kCacheLine) Slot {
    std::uint32_t generation = 0;
    bool in_use = false;
    Call call;
  };
  CallContext context(Time now, CallId id) { return {*upstream_, outputs_, id, now}; }
  void add_slot();
  void put_out_probes(Time now);
  void put_out_probes(ReportFor asker, std::span<const EndpointIndex> targets, Time until);
  void settle(Time now, CallId id, bool was_pending);
  void settle_one(CallId id, bool was_pending);
  void resume_waiting(Time now, std::size_t count);
  bool is_pending(CallId id) const;
  void forget_waiting(CallId id);
  void forget_ended();
  void archive_slots(StateArchive& archive);
  void archive_waiting(StateArchive& archive);
  bool counters_agree() const;

  Upstream* upstream_;
  Outputs outputs_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  RingBuffer<CallId> pending_;  // in order of arrival; some may be over by now
};

inline CallId Calls::start(Time now, const CallStart& start) {
  if (free_.empty()) add_slot();
  Slot& slot = slots_[free_.back()];
  const CallId id{free_.back(), slot.generation};
  free_.pop_back();
  slot.in_use = true;
  slot.call.start(context(now, id), start);
  if (upstream_->probes() && slot.call.state() != Call::State::finished) [[unlikely]] put_out_probes(now);
  settle(now, id, false);
  return id;
}

inline void Calls::handle(Time now, CallId id, std::uint8_t attempt, const AttemptInput& input) {
  if (!is_open(id)) return;
  Call& call = slots_[id.slot].call;
  const bool was_pending = call.state() == Call::State::pending;
  call.handle(context(now, id), attempt, input);
  settle(now, id, was_pending);
}

inline void Calls::settle(Time now, CallId id, bool was_pending) {
  const std::size_t waiting = pending_.size();
  settle_one(id, was_pending);
  if (waiting > 0) resume_waiting(now, waiting);
}

inline void Calls::settle_one(CallId id, bool was_pending) {
  assert(is_open(id));
  Slot& slot = slots_[id.slot];
  if (slot.call.state() == Call::State::pending && !was_pending) pending_.push_back(id);
  if (slot.call.state() != Call::State::finished) return;
  slot.in_use = false;
  ++slot.generation;
  free_.push_back(id.slot);
}

}  // namespace meshtwin
