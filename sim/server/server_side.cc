#include "sim/server/server_side.h"

#include <cassert>
#include <memory>
#include <string>
#include <utility>

#include "core/workload/draws.h"
#include "core/workload/fluctuation.h"
#include "core/workload/instance_traits.h"

namespace meshtwin {

// Private functions on the path of each request are inline where they are defined and this file alone calls
// them. Those that others need as well come in two forms: here, with what is at hand already, and by number.

std::uint32_t ServerSide::add_instance(std::uint32_t service, EndpointIndex ordinal) {
  const ServiceConfig& config = engine_.scenario.services[service];
  const InstanceTraits traits = traits_of(config, ordinal);
  Instance& instance = instances_.emplace_back(config, traits.concurrency, traits.service_time);
  for (const FaultConfig& fault : engine_.scenario.faults) {
    if (concerns(fault, service, ordinal) && std::holds_alternative<CrashFault>(fault.kind)) {
      instance.may_crash = true;
    }
  }
  if (engine_.reports_load[service]) instance.load.emplace(traits.concurrency);
  const std::string name = config.name + "/" + std::to_string(ordinal);
  if (config.inbound) {
    instance.inbound = std::make_unique<Inbound>(*config.inbound, policy_seed(engine_.seed, "inbound/" + name), name);
  }
  instance.watched = instance.load.has_value() || instance.inbound != nullptr;
  instance.fluctuation = fluctuation_seed(engine_.seed, name);
  engine_.instances.push_back({engine_.nodes++, service, ordinal});
  engine_.doors.emplace_back();
  const auto number = static_cast<std::uint32_t>(instances_.size() - 1);
  note_state(number);
  return number;
}

void ServerSide::request_arrived(Time now, std::uint32_t slot, std::uint32_t generation) {
  Request* request = engine_.requests.find(slot, generation);
  if (request == nullptr) return;  // given up on the way
  const std::uint32_t number = request->instance;
  Instance& instance = instances_[number];
  if (instance.blackholed) return drop(slot);
  if (instance.guarded) [[unlikely]] {
    if (turn_away(now, number, slot)) return;
  }
  if (instance.watched) [[unlikely]] return come_to_watched(now, number, slot);
  come_in(now, number, instance, slot, *request);
}

// A request whose connection is gone learns so from the instance's machine, and another one that nobody listens.
bool ServerSide::turn_away(Time now, std::uint32_t number, std::uint32_t slot) {
  const Door& door = engine_.doors[number];
  const std::optional<std::uint32_t> opened = engine_.closures_when_opened(slot);
  if (!door.refuses && opened.value_or(door.closures) == door.closures) return false;
  send_answer(now, slot, {0, opened ? FailureKind::reset : FailureKind::connect});
  return true;
}

void ServerSide::come_to_watched(Time now, std::uint32_t number, std::uint32_t slot) {
  Instance& instance = instances_[number];
  if (instance.load) load_comes(now, instance, slot);
  if (instance.inbound) return take_inbound(now, number, slot);
  let_in(now, number, slot);
}

void ServerSide::let_in(Time now, std::uint32_t number, std::uint32_t slot) {
  come_in(now, number, instances_[number], slot, engine_.requests[slot]);
}

[[gnu::always_inline]] inline void ServerSide::come_in(Time now, std::uint32_t number, Instance& instance,
                                                       std::uint32_t slot, Request& request) {
  if (instance.faulty) [[unlikely]] {
    if (const RefusalConfig* refusal = instance.faults.refusal(request.seed)) return refuse(now, slot, *refusal);
  }
  if (instance.discipline == Discipline::processor_sharing) {
    if (instance.share.size() >= static_cast<std::size_t>(instance.concurrency) + instance.max_waiting) {
      return refuse(now, slot, instance.config->overflow);
    }
    enter(instance, slot);
    return begin_service(now, number, slot, instance.service_time.sample_once(request.seed));
  }
  if (instance.busy < instance.concurrency) {
    enter(instance, slot);
    set_busy(now, number, instance.busy + 1);
    return begin_service(now, number, slot, instance.service_time.sample_once(request.seed));
  }
  if (instance.waiting >= instance.max_waiting) return refuse(now, slot, instance.config->overflow);
  enter(instance, slot);
  request.place = Request::Place::queued;
  instance.queue.push_back({slot, engine_.requests.generation(slot), instance.service_time.sample_once(request.seed)});
  ++instance.waiting;
}

inline void ServerSide::begin_service(Time now, std::uint32_t number, std::uint32_t slot, Duration normal) {
  Instance& instance = instances_[number];
  Request& request = engine_.requests[slot];
  request.place = Request::Place::serving;
  const Duration time = instance.varies ? varied_time(now, instance, request, normal) : normal;
  const InstanceAddress& address = engine_.instances[number];
  engine_.recorder.service_began(address.service, address.endpoint, time, request.counted);
  Duration held = time;
  if (engine_.scenario.overheads) {
    held = saturating_add(Time(time), lateness_for(request)).time_since_epoch();
  }
  if (instance.discipline == Discipline::processor_sharing) {
    instance.share.add(now, slot, held);
    return plan_shared(now, number);
  }
  engine_.queue.schedule(saturating_add(now, held),
                         {EventKind::service_done, slot, engine_.requests.generation(slot), 0});
}

void ServerSide::service_done(Time now, std::uint32_t slot, std::uint32_t generation) {
  const Request* request = engine_.requests.find(slot, generation);
  if (request == nullptr || request->place != Request::Place::serving)
    return;  // cancelled or crashed meanwhile
  const std::uint32_t number = request->instance;
  const ServiceConfig& service = service_of(number);
  const bool keeps_worker = !service.calls.empty() && service.calls_hold_worker;
  served(now, number, slot);
  if (!keeps_worker) release_worker(now, number);
}

void ServerSide::shared_done(Time now, std::uint32_t number, std::uint32_t version) {
  Instance& instance = instances_[number];
  if (instance.share.version() != version) return;
  std::uint32_t slot = 0;
  while (instance.share.take_done(now, slot)) served(now, number, slot);
  plan_shared(now, number);
}

inline void ServerSide::served(Time now, std::uint32_t number, std::uint32_t slot) {
  Instance& instance = instances_[number];
  if (!instance.config->calls.empty()) return call_next(now, number, slot);
  leave(instance, slot);
  engine_.requests[slot].served = true;
  if (instance.watched) [[unlikely]] return answer(now, slot, {200});
  send_back(now, instance, slot, engine_.requests[slot], {200});
}

void ServerSide::free_worker(Time now, std::uint32_t number) { release_worker(now, number); }

[[gnu::always_inline]] inline void ServerSide::release_worker(Time now, std::uint32_t number) {
  Instance& instance = instances_[number];
  if (instance.discipline == Discipline::processor_sharing) return;
  assert(instance.busy > 0);
  while (!instance.queue.empty()) {
    const WaitingRequest next = instance.queue.front();
    instance.queue.pop_front();
    const Request* request = engine_.requests.find(next.slot, next.generation);
    if (request == nullptr || request->place != Request::Place::queued) continue;  // given up meanwhile
    --instance.waiting;
    return begin_service(now, number, next.slot, next.service);  // the worker stays taken
  }
  set_busy(now, number, instance.busy - 1);
}

inline void ServerSide::set_busy(Time now, std::uint32_t number, std::uint32_t busy) {
  Instance& instance = instances_[number];
  const InstanceAddress& address = engine_.instances[number];
  engine_.recorder.workers_were_taken(address.service, address.endpoint, instance.busy, instance.busy_since,
                                      now);
  instance.busy = busy;
  instance.busy_since = now;
}

void ServerSide::finish(Time now) {
  for (std::uint32_t number = 0; number < instances_.size(); ++number) {
    set_busy(now, number, instances_[number].busy);
  }
}

void ServerSide::plan_shared(Time now, std::uint32_t number) {
  const ProcessorShare& share = instances_[number].share;
  set_busy(now, number, std::min(static_cast<std::uint32_t>(share.size()), instances_[number].concurrency));
  const Time next = share.next_done(now);
  if (next != kNever) engine_.queue.schedule(next, {EventKind::shared_done, number, 0, share.version()});
}

void ServerSide::cancel_arrived(Time now, std::uint32_t slot, std::uint32_t generation) {
  const Request* request = engine_.requests.find(slot, generation);
  if (request == nullptr || request->place == Request::Place::to_client) return;
  const std::uint32_t number = request->instance;
  Instance& instance = instances_[number];
  if (instance.blackholed) return;
  if (request->place == Request::Place::to_server) return drop(slot);  // the cancel overtook it
  if (instance.inbound) {
    instance.inbound->calls->cancel(now, inbound_call(slot).call);
    return drain_inbound(now, number);
  }
  pull_out(now, number, slot);
  if (instance.load) load_goes(now, instance, slot, ServerLoad::Ending::given_up);
  drop(slot);
}

void ServerSide::pull_out(Time now, std::uint32_t number, std::uint32_t slot) {
  Instance& instance = instances_[number];
  Request& request = engine_.requests[slot];
  const Request::Place place = std::exchange(request.place, Request::Place::at_sidecar);
  leave(instance, slot);
  if (place == Request::Place::calling) cancel_calls(now, slot);
  if (place == Request::Place::queued) {
    --instance.waiting;
  } else if (place == Request::Place::serving && instance.discipline == Discipline::processor_sharing) {
    instance.share.remove(now, slot);
    plan_shared(now, number);
  } else if (place == Request::Place::serving || service_of(number).calls_hold_worker) {
    free_worker(now, number);
  }
}

void ServerSide::answer(Time now, std::uint32_t slot, Answer answer) {
  Request& request = engine_.requests[slot];
  Instance& instance = instances_[request.instance];
  if (instance.inbound) [[unlikely]] return answered_inside(now, slot, answer);
  send_back(now, instance, slot, request, answer);
}

void ServerSide::refuse(Time now, std::uint32_t slot, const RefusalConfig& refusal) {
  if (refusal.retry_after) {
    if (slot >= engine_.pushbacks.size()) engine_.pushbacks.resize(slot + std::size_t{1});
    engine_.pushbacks[slot] = *refusal.retry_after;
  }
  answer(now, slot, {refusal.status, FailureKind::none, refusal.retry_after.has_value()});
}

void ServerSide::send_answer(Time now, std::uint32_t slot, Answer answer) {
  Request& request = engine_.requests[slot];
  send_back(now, instances_[request.instance], slot, request, answer);
}

[[gnu::always_inline]] inline void ServerSide::send_back(Time now, Instance& instance, std::uint32_t slot,
                                                         Request& request, Answer answer) {
  if (instance.watched) [[unlikely]] {
    load_goes(now, instance, slot,
              answer.status != 0 && answer.status < 500 ? ServerLoad::Ending::answered : ServerLoad::Ending::failed);
  }
  if (instance.blackholed) return drop(slot);
  request.place = Request::Place::to_client;
  engine_.send(now, request, Draw::to_client,
               answer.failure == FailureKind::none ? instance.config->response_bytes : 0,
               {EventKind::answer_arrived, slot, engine_.requests.generation(slot), answer.pack()});
}

void ServerSide::drop(std::uint32_t slot) {
  engine_.requests[slot].place = Request::Place::to_client;  // so that nobody takes it for one that is here
  engine_.requests.release(slot);
}

inline void ServerSide::enter(Instance& instance, std::uint32_t slot) {
  if (!instance.may_crash) return;
  engine_.requests[slot].inside_at = static_cast<std::uint32_t>(instance.inside.size());
  instance.inside.push_back(slot);
}

void ServerSide::leave(Instance& instance, std::uint32_t slot) {
  if (!instance.may_crash) return;
  const std::uint32_t at = engine_.requests[slot].inside_at;
  assert(instance.inside[at] == slot);
  instance.inside[at] = instance.inside.back();
  engine_.requests[instance.inside[at]].inside_at = at;
  instance.inside.pop_back();
}

void ServerSide::load_comes(Time now, Instance& instance, std::uint32_t slot) {
  if (slot >= tickets_.size()) tickets_.resize(slot + std::size_t{1});
  tickets_[slot] = instance.load->arrive(now);
}

// With what goes out for it, where it is an answer, goes a report.
void ServerSide::load_goes(Time now, Instance& instance, std::uint32_t slot, ServerLoad::Ending ending) {
  if (!instance.load || slot >= tickets_.size() || !tickets_[slot]) return;
  instance.load->leave(now, *tickets_[slot], ending);
  tickets_[slot].reset();
  if (slot >= engine_.reports.size()) engine_.reports.resize(slot + std::size_t{1});
  engine_.reports[slot] = instance.load->report(now);
}

void ServerSide::probe_arrived(Time now, std::uint32_t slot) {
  Probe& probe = engine_.probes[slot];
  Instance& instance = instances_[probe.instance];
  if (instance.blackholed || instance.crashed || !instance.accepts) return engine_.probes.release(slot);
  probe.report = instance.load->report(now);
  engine_.send(now, probe, Draw::to_client, {EventKind::probe_answered, slot, 0, 0});
}

Duration ServerSide::varied_time(Time now, const Instance& instance, const Request& request, Duration normal) {
  const Duration time =
      instance.faulty ? instance.faults.service_time(instance.service_time, request.seed) : normal;
  return fluctuating(instance.config->fluctuation, instance.fluctuation, now, time);
}

Duration ServerSide::lateness_for(const Request& request) const {
  return engine_.scenario.overheads->timer_lateness.sample_once(
      draw_seed(request.seed, Draw::timer_lateness));
}

void ServerSide::fault_begins(Time now, std::uint32_t number, std::uint32_t fault) {
  Instance& instance = instances_[number];
  if (!instance.faults.begin(engine_.scenario.faults[fault])) return;
  const bool crashes = instance.faults.crashed() && !instance.crashed;
  if (crashes) ++engine_.doors[number].closures;
  note_state(number);
  if (crashes) crash(now, number);
}

void ServerSide::fault_ends(std::uint32_t number, std::uint32_t fault) {
  instances_[number].faults.end(engine_.scenario.faults[fault]);
  note_state(number);
}

void ServerSide::close(std::uint32_t number) {
  instances_[number].accepts = false;
  ++engine_.doors[number].closures;
  note_state(number);
}

void ServerSide::note_state(std::uint32_t number) {
  Instance& instance = instances_[number];
  instance.faulty = instance.faults.any();
  instance.crashed = instance.faults.crashed();
  instance.blackholed = instance.faults.blackholed();
  instance.varies = instance.faulty || instance.config->fluctuation.has_value();
  Door& door = engine_.doors[number];
  door.refuses = instance.crashed || !instance.accepts;
  door.silent = instance.blackholed;
  instance.guarded = door.refuses || (engine_.opens_connections && door.closures > 0);
}

void ServerSide::crash(Time now, std::uint32_t number) {
  Instance& instance = instances_[number];
  const std::vector<std::uint32_t> lost = std::exchange(instance.inside, {});
  if (instance.load) {
    instance.load->forget_all(now);
    for (const std::uint32_t slot : lost) tickets_[slot].reset();
  }
  instance.queue.clear();
  instance.share.clear();
  set_busy(now, number, 0);
  instance.waiting = 0;
  if (instance.inbound) return crash_inbound(now, number);
  for (const std::uint32_t slot : lost) {
    if (engine_.requests[slot].place == Request::Place::calling) cancel_calls(now, slot);
    send_answer(now, slot, {0, FailureKind::reset});
  }
}

}  // namespace meshtwin
