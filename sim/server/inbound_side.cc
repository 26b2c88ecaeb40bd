// Instances with an inbound policy: requests pass their own sidecar's core before they come in.
#include <algorithm>
#include <utility>

#include "core/workload/draws.h"
#include "sim/server/server_side.h"

namespace meshtwin {
namespace {

// What the proxy answers where no response of the instance can be (real/proxy/local_reply.cc).
std::uint16_t status_for(const Outcome& outcome) {
  if (outcome.status != 0) return outcome.status;
  switch (outcome.failure) {
    case FailureKind::throttled:
      return 429;
    case FailureKind::timeout:
      return 504;
    case FailureKind::reset:
    case FailureKind::protocol:
    case FailureKind::tls:
      return 502;
    default:
      return 503;
  }
}

}  // namespace

InboundCall& ServerSide::inbound_call(std::uint32_t slot) {
  if (slot >= inbound_calls_.size()) inbound_calls_.resize(slot + std::size_t{1});
  return inbound_calls_[slot];
}

void ServerSide::take_inbound(Time now, std::uint32_t number, std::uint32_t slot) {
  Inbound& inbound = *instances_[number].inbound;
  Request& request = engine_.requests[slot];
  request.place = Request::Place::at_sidecar;
  const CallId call = inbound.calls->start(
      now, {.deadline = request.deadline,
            .key = inbound.reads_keys ? request.key : std::nullopt,
            .urgency = request.urgency});
  if (call.slot >= inbound.requests.size()) {
    inbound.requests.resize(call.slot + std::size_t{1}, Inbound::kNone);
    inbound.timers.resize(inbound.requests.size());
  }
  inbound.requests[call.slot] = slot;
  inbound_call(slot) = {call, true};
  drain_inbound(now, number);
}

// What is let in may be answered at once: that is told to the core when the outputs in hand are carried out.
void ServerSide::drain_inbound(Time now, std::uint32_t number) {
  Inbound& inbound = *instances_[number].inbound;
  if (std::exchange(inbound.draining, true)) return;
  Outputs batch;
  while (!inbound.calls->outputs().empty() || !inbound.answers.empty()) {
    batch.swap(inbound.calls->outputs());
    for (const Output& output : batch) carry_out_inbound(now, number, output);
    batch.clear();
    if (inbound.answers.empty()) continue;
    const auto [slot, answer] = inbound.answers.front();
    inbound.answers.erase(inbound.answers.begin());
    tell_inbound(now, number, slot, answer);
  }
  inbound.draining = false;
}

void ServerSide::carry_out_inbound(Time now, std::uint32_t number, const Output& output) {
  Inbound& inbound = *instances_[number].inbound;
  const std::uint32_t slot = output.kind == Output::Kind::start_probe ? 0 : inbound.requests[output.call.slot];
  switch (output.kind) {
    case Output::Kind::start_attempt:
      return pass_inside(now, number, slot);
    case Output::Kind::cancel_attempt:
      inbound_call(slot).coming = false;
      if (std::exchange(inbound_call(slot).at_instance, false)) pull_out(now, number, slot);
      return;
    case Output::Kind::wake_at:
      engine_.queue.cancel(inbound.timers[output.call.slot]);
      inbound.timers[output.call.slot] = engine_.queue.arm(
          output.at, {EventKind::inbound_timer, number, output.call.slot, output.call.generation});
      return;
    case Output::Kind::finish:
      return finish_inbound(now, number, output);
    case Output::Kind::start_probe:
      return;
  }
}

// What the machine adds to each way of a sidecar, it adds to these as well.
void ServerSide::pass_inside(Time now, std::uint32_t number, std::uint32_t slot) {
  if (!engine_.scenario.overheads) {
    inbound_call(slot).at_instance = true;
    return let_in(now, number, slot);
  }
  inbound_call(slot).coming = true;
  const Duration way = engine_.scenario.overheads->request_path.sample_once(
      draw_seed(engine_.requests[slot].seed, Draw::inbound_request));
  // They don't overtake each other.
  Time& latest = instances_[number].inbound->latest_passed;
  latest = std::max(latest, saturating_add(now, way));
  engine_.queue.schedule(latest, {EventKind::inbound_passed, slot, engine_.requests.generation(slot), 0});
}

void ServerSide::inbound_passed(Time now, std::uint32_t slot, std::uint32_t generation) {
  const Request* request = engine_.requests.find(slot, generation);
  if (request == nullptr || !std::exchange(inbound_call(slot).coming, false)) return;  // given up on the way
  inbound_call(slot).at_instance = true;
  let_in(now, request->instance, slot);
}

void ServerSide::inbound_answered(Time now, std::uint32_t slot, std::uint32_t generation, Answer answer) {
  if (engine_.requests.find(slot, generation) != nullptr) take_answer(now, slot, answer);
}

// The instance has answered, or broken off.
void ServerSide::tell_inbound(Time now, std::uint32_t number, std::uint32_t slot, Answer answer) {
  InboundCall& call = inbound_call(slot);
  if (!call.open) return;
  instances_[number].inbound->calls->handle(now, call.call, 0,
                                            answer.failure == FailureKind::none
                                                ? AttemptInput::response_head(answer.status, true)
                                                : AttemptInput::failed(answer.failure));
}

void ServerSide::answered_inside(Time now, std::uint32_t slot, Answer answer) {
  Request& request = engine_.requests[slot];
  request.place = Request::Place::at_sidecar;
  inbound_call(slot).at_instance = false;
  inbound_call(slot).pushed_back = answer.pushes_back;
  const bool served = std::exchange(request.served, false);
  if (!engine_.scenario.overheads) return take_answer(now, slot, answer);
  const Overheads& overheads = *engine_.scenario.overheads;
  if (served) {
    now = saturating_add(now, overheads.answer_lateness.sample_once(draw_seed(request.seed, Draw::answer_lateness)));
  }
  now = saturating_add(now, overheads.response_path.sample_once(draw_seed(request.seed, Draw::inbound_response)));
  engine_.queue.schedule(now, {EventKind::inbound_answered, slot, engine_.requests.generation(slot), answer.pack()});
}

void ServerSide::take_answer(Time now, std::uint32_t slot, Answer answer) {
  const std::uint32_t number = engine_.requests[slot].instance;
  instances_[number].inbound->answers.emplace_back(slot, answer);
  drain_inbound(now, number);
}

void ServerSide::finish_inbound(Time now, std::uint32_t number, const Output& output) {
  Inbound& inbound = *instances_[number].inbound;
  const std::uint32_t slot = std::exchange(inbound.requests[output.call.slot], Inbound::kNone);
  engine_.queue.cancel(inbound.timers[output.call.slot]);
  inbound_call(slot).open = false;
  if (output.outcome.failure != FailureKind::cancelled) {
    const bool pushes_back = output.outcome.status != 0 && inbound_call(slot).pushed_back;
    return send_answer(now, slot, {status_for(output.outcome), FailureKind::none, pushes_back});
  }
  load_goes(now, instances_[number], slot, ServerLoad::Ending::given_up);
  drop(slot);
}

void ServerSide::inbound_timer(Time now, std::uint32_t number, std::uint32_t call_slot, std::uint32_t generation) {
  Inbound& inbound = *instances_[number].inbound;
  inbound.timers[call_slot] = {};
  inbound.calls->handle_timeout(now, {call_slot, generation});
  drain_inbound(now, number);
}

// The sidecar goes down with its instance, and comes back knowing nothing.
void ServerSide::crash_inbound(Time now, std::uint32_t number) {
  Inbound& inbound = *instances_[number].inbound;
  std::vector<std::uint32_t> lost;
  for (std::size_t i = 0; i < inbound.requests.size(); ++i) {
    engine_.queue.cancel(inbound.timers[i]);
    if (inbound.requests[i] != Inbound::kNone) lost.push_back(inbound.requests[i]);
  }
  inbound.requests.clear();
  inbound.timers.clear();
  inbound.answers.clear();
  inbound.begin(now);
  for (const std::uint32_t slot : lost) {
    if (engine_.requests[slot].place == Request::Place::calling) cancel_calls(now, slot);
    inbound_call(slot).open = inbound_call(slot).coming = false;
    if (slot < tickets_.size()) tickets_[slot].reset();
    send_answer(now, slot, {0, FailureKind::reset});
  }
}

}  // namespace meshtwin
