#include "sim/client/client_side.h"

#include <algorithm>
#include <utility>

#include "core/call/response_class.h"
#include "core/random/stream.h"
#include "core/workload/draws.h"
#include "policies/catalog.h"

namespace meshtwin {

// Private functions on the path of each request are inline where they are defined: this file alone calls
// them.

ClientSide::ClientSide(Engine& engine, const ServiceDirectory& directory, OnEnd on_end)
    : engine_(engine),
      directory_(directory),
      on_end_(std::move(on_end)),
      connections_(engine, {[this](Time now, std::uint32_t request) { send(now, request); },
                            [this](Time now, std::uint32_t request) {
                              answer_arrived(now, request, {0, FailureKind::connect});
                            }}) {}

std::uint32_t ClientSide::add_sidecar(const std::string& name, std::uint32_t service, NodeId node,
                                      LocalityIndex locality,
                                      const std::optional<ConnectionsConfig>& connections) {
  Sidecar sidecar;
  sidecar.node = node;
  sidecar.service = service;
  sidecar.upstream =
      make_upstream(engine_.scenario.policies[service].config, policy_seed(engine_.seed, name));
  sidecar.reads_keys = hash_key(engine_.scenario.policies[service].config) != nullptr;
  sidecar.upstream->name_endpoints(directory_.names(service));
  sidecar.upstream->set_locality(locality);
  sidecar.calls = std::make_unique<Calls>(*sidecar.upstream);
  sidecar.discovery_seed = stream_seed(engine_.seed, "discovery/" + name);
  sidecar.probes_seed = stream_seed(engine_.seed, "probes/" + name);
  sidecar.membership = directory_.latest(service);
  sidecar.calls->update_endpoints(Time{}, directory_.version(service, sidecar.membership));
  const auto index = static_cast<std::uint32_t>(sidecars_.size());
  sidecar.opens_connections = connections.has_value();
  if (connections) connections_.add_sidecar(index, *connections);
  sidecars_.push_back(std::move(sidecar));
  engine_.sidecar_nodes.push_back(node);
  return index;
}

CallId ClientSide::start_call(Time now, const NewCall& call) {
  note_start(now, call);
  return launch(now, call);
}

void ClientSide::take_call(Time now, const NewCall& call) {
  note_start(now, call);
  if (!engine_.scenario.overheads) [[likely]] {
    launch(now, call);
    return;
  }
  const std::uint32_t slot = coming_.acquire();
  coming_[slot] = call;
  const Duration way = engine_.scenario.overheads->to_sidecar.sample_once(draw_seed(call.seed, Draw::to_sidecar));
  // One program sends them and one takes them in: they don't overtake each other.
  Time& latest = sidecars_[call.sidecar].latest_coming;
  latest = std::max(latest, saturating_add(now, way));
  engine_.queue.schedule(latest, {EventKind::call_came, slot, 0, 0});
}

void ClientSide::call_came(Time now, std::uint32_t slot) {
  const NewCall call = coming_[slot];
  coming_.release(slot);
  launch(now, call);
}

inline void ClientSide::note_start(Time now, const NewCall& call) {
  engine_.recorder.call_started(sidecars_[call.sidecar].service, now);
  if (engine_.call_log && call.origin.kind == CallOrigin::Kind::open_loop) {
    engine_.call_log->started(call.origin.a, call.origin.b, call.due);
  }
}

[[gnu::always_inline]] inline CallId ClientSide::launch(Time now, const NewCall& call) {
  Sidecar& sidecar = sidecars_[call.sidecar];
  if (is_explained(call.origin)) [[unlikely]] begin_explanation(sidecar, call);
  const CallId id = sidecar.calls->start(now, {.deadline = call.deadline,
                                               .key = sidecar.reads_keys ? call.key : std::nullopt,
                                               .urgency = call.urgency});
  if (is_explained(call.origin)) [[unlikely]] explained_->id = id;
  if (sidecar.records.size() <= id.slot) sidecar.records.resize(id.slot + std::size_t{1});
  CallRecord& record = sidecar.records[id.slot];
  record.due = call.due;
  record.seed = call.seed;
  record.origin = call.origin;
  record.key = call.key;
  record.urgency = call.urgency;
  record.timer = {};
  drain(now, call.sidecar);
  return id;
}

void ClientSide::cancel_call(Time now, std::uint32_t sidecar, CallId id) {
  sidecars_[sidecar].calls->cancel(now, id);
  drain(now, sidecar);
}

void ClientSide::answer_arrived(Time now, std::uint32_t request, Answer answer) {
  const Request& r = engine_.requests[request];
  const std::uint32_t index = r.sidecar;
  const CallId call = r.call;
  const std::uint8_t attempt = r.attempt;
  Sidecar& sidecar = sidecars_[index];
  const bool failed = answer.failure != FailureKind::none ||
                      failure_of(sidecar.upstream->config(), answer.status) != FailureKind::none;
  if (failed && !r.abandoned) {
    engine_.recorder.attempt_failed(sidecar.service, engine_.instances[r.instance].endpoint, r.counted);
  }
  if (engine_.call_log) answering_ = {call, engine_.instances[r.instance].endpoint};
  if (sidecar.opens_connections && !r.abandoned) [[unlikely]] {
    connections_.answered(now, r, answer.failure != FailureKind::none);
  }
  if (sidecar.upstream->reads_reports() && answer.failure == FailureKind::none) {
    sidecar.calls->handle_report(now, engine_.instances[r.instance].endpoint, engine_.reports[request],
                                 ReportFor::both);
  }
  std::optional<Duration> retry_after;
  if (answer.pushes_back) [[unlikely]] retry_after = engine_.pushbacks[request];
  engine_.requests.release(request);
  sidecar.calls->handle(now, call, attempt,
                        answer.failure == FailureKind::none
                            ? AttemptInput::response_head(answer.status, true, retry_after)
                            : AttemptInput::failed(answer.failure));
  drain(now, index);
  answering_.endpoint = kNoEndpoint;
}

void ClientSide::send_probe(Time now, std::uint32_t index, const Output& output) {
  Sidecar& sidecar = sidecars_[index];
  const std::uint32_t slot = engine_.probes.acquire();
  Probe& probe = engine_.probes[slot];
  probe.sidecar = index;
  probe.instance = directory_.instance(sidecar.service, output.endpoint);
  probe.endpoint = output.endpoint;
  const bool in_charge = output.asks == ReportFor::policy;
  probe.seed = in_charge ? mix(sidecar.probes_seed, sidecar.probes++)
                         : mix(~sidecar.probes_seed, sidecar.shadow_probes++);
  probe.asker = output.asks;
  probe.until = output.at;
  engine_.send(now, probe, Draw::to_server, {EventKind::probe_arrived, slot, 0, 0});
}

void ClientSide::probe_answered(Time now, std::uint32_t slot) {
  const Probe probe = engine_.probes[slot];
  engine_.probes.release(slot);
  if (now > probe.until) return;
  sidecars_[probe.sidecar].calls->handle_report(now, probe.endpoint, probe.report, probe.asker);
}

void ClientSide::timer_fired(Time now, std::uint32_t sidecar, CallId id) {
  Sidecar& s = sidecars_[sidecar];
  s.records[id.slot].timer = {};
  s.calls->handle_timeout(now, id);
  drain(now, sidecar);
}

void ClientSide::discovery_update(Time now, std::uint32_t sidecar, std::uint32_t version) {
  Sidecar& s = sidecars_[sidecar];
  if (version <= s.membership) return;  // a newer one overtook it
  s.membership = version;
  s.calls->update_endpoints(now, directory_.version(s.service, version));
  drain(now, sidecar);
}

inline void ClientSide::drain(Time now, std::uint32_t index) {
  Sidecar& sidecar = sidecars_[index];
  Outputs& outputs = sidecar.calls->outputs();
  for (const Output& output : outputs) {
    if (output.kind == Output::Kind::start_probe) [[unlikely]] {
      send_probe(now, index, output);
      continue;
    }
    CallRecord& record = sidecar.records[output.call.slot];
    switch (output.kind) {
      case Output::Kind::start_attempt:
        send_request(now, index, record, output);
        break;
      case Output::Kind::cancel_attempt:
        send_cancel(now, index, record, output);
        break;
      case Output::Kind::wake_at:
        engine_.queue.cancel(record.timer);
        record.timer = engine_.queue.arm(
            output.at, {EventKind::call_timer, index, output.call.slot, output.call.generation});
        break;
      case Output::Kind::finish:
        finish(now, sidecar, output);
        break;
      case Output::Kind::start_probe:
        break;
    }
  }
  outputs.clear();
  if (explaining_ == index) [[unlikely]] go_on_explaining(sidecar);
}

inline void ClientSide::send_request(Time now, std::uint32_t index, CallRecord& record,
                                     const Output& output) {
  const Sidecar& sidecar = sidecars_[index];
  const std::uint32_t slot = engine_.requests.acquire();
  record.requests[output.attempt] = slot;
  Request& request = engine_.requests[slot];
  request.call = output.call;
  request.sidecar = index;
  request.instance = directory_.instance(sidecar.service, output.endpoint);
  request.attempt = output.attempt;
  request.place = Request::Place::to_server;
  request.counted = engine_.recorder.counts(record.due);
  request.abandoned = request.served = false;
  request.next_call = 0;
  request.seed = attempt_seed(record.seed, output.attempt);
  request.deadline = output.at;
  request.key = record.key;
  request.urgency = record.urgency;
  engine_.recorder.attempt_started(sidecar.service, output.endpoint, request.counted);
  if (sidecar.opens_connections) [[unlikely]] return connections_.carry(now, slot);
  send(now, slot);
}

[[gnu::always_inline]] inline void ClientSide::send(Time now, std::uint32_t slot) {
  const Request& request = engine_.requests[slot];
  const std::uint32_t service = sidecars_[request.sidecar].service;
  engine_.send(now, request, Draw::to_server, engine_.scenario.services[service].request_bytes,
               {EventKind::request_arrived, slot, engine_.requests.generation(slot), 0});
}

void ClientSide::send_cancel(Time now, std::uint32_t index, const CallRecord& record, const Output& output) {
  const Sidecar& sidecar = sidecars_[index];
  if (output.failed && engine_.recorder.counts(record.due))
    engine_.recorder.attempt_failed(sidecar.service, output.endpoint, true);
  const std::uint32_t slot = record.requests[output.attempt];
  if (sidecar.opens_connections && connections_.give_up(now, index, output.call, output.attempt)) {
    return engine_.requests.release(slot);
  }
  Request& request = engine_.requests[slot];
  const bool still_there =
      request.sidecar == index && request.call == output.call && request.attempt == output.attempt;
  if (!still_there) return;
  request.abandoned = true;
  if (engine_.scenario.services[sidecar.service].on_cancel == OnCancel::finish) return;
  if (engine_.network->take_back(now, slot, engine_.requests.generation(slot))) {
    return engine_.requests.release(slot);
  }
  if (request.place == Request::Place::to_client) return;
  engine_.send(now, request, Draw::cancel, 0,
               {EventKind::cancel_arrived, slot, engine_.requests.generation(slot), 0});
}

inline void ClientSide::finish(Time now, Sidecar& sidecar, const Output& output) {
  CallRecord& record = sidecar.records[output.call.slot];
  engine_.queue.cancel(record.timer);
  if (is_explained(record.origin)) [[unlikely]] end_explanation(sidecar);
  const EndpointIndex endpoint = answering_.call == output.call ? answering_.endpoint : kNoEndpoint;
  const EndedCall ended{sidecar.service, record.due, record.origin, as_caller_counts(output.outcome), endpoint};
  if (!engine_.scenario.overheads || record.origin.kind == CallOrigin::Kind::request) [[likely]] {
    return conclude(now, ended);
  }
  const std::uint32_t slot = told_.acquire();
  told_[slot] = ended;
  const Duration way =
      engine_.scenario.overheads->from_sidecar.sample_once(draw_seed(record.seed, Draw::from_sidecar));
  engine_.queue.schedule(saturating_add(now, way), {EventKind::call_told, slot, 0, 0});
}

void ClientSide::call_told(Time now, std::uint32_t slot) {
  const EndedCall call = told_[slot];
  told_.release(slot);
  conclude(now, call);
}

inline void ClientSide::conclude(Time now, const EndedCall& call) {
  engine_.recorder.call_finished(call.service, call.due, now, call.outcome);
  if (is_explained(call.origin)) [[unlikely]] {
    explained_->finished = true;
    explained_->ended = now;
    explained_->outcome = call.outcome;
  }
  if (engine_.call_log && call.origin.kind == CallOrigin::Kind::open_loop) {
    engine_.call_log->finished(call.origin.a, call.origin.b, now, call.outcome, call.endpoint);
  }
  if (call.origin.kind != CallOrigin::Kind::open_loop) on_end_(now, call.origin, call.outcome);
}

// Decisions about other calls come in between: the log holds those of one step of the core, unless that lets more calls
// go on that have waited.
void ClientSide::begin_explanation(Sidecar& sidecar, const NewCall& call) {
  constexpr std::size_t kDecisions = 50'000;
  explained_->started = true;
  explained_->due = call.due;
  explained_->sidecar = call.sidecar;
  explaining_ = call.sidecar;
  sidecar.upstream->keep_decisions(kDecisions);
}

void ClientSide::go_on_explaining(Sidecar& sidecar) {
  const DecisionLog& log = *sidecar.upstream->decisions();
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i].of.call == explained_->id) explained_->decisions.push_back(log[i]);
  }
  sidecar.upstream->forget_decisions();
}

void ClientSide::end_explanation(Sidecar& sidecar) {
  go_on_explaining(sidecar);
  sidecar.upstream->keep_decisions(0);
  explaining_ = kNobody;
}

}  // namespace meshtwin
