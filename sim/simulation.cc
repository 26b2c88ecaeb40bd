#include "sim/simulation.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <string>
#include <utility>
#include <variant>

#include "core/workload/draws.h"
#include "core/workload/instance_traits.h"
#include "policies/catalog.h"
#include "sim/network/native_network.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kEventsBetweenLooks = 4096;

std::unique_ptr<Network> make_network(const Scenario& scenario, const SimulationOptions& options,
                                      EventQueue& queue) {
  if (options.network) return options.network(scenario, queue);
  const auto* native = std::get_if<NativeNetwork>(&scenario.network);
  assert(native != nullptr);
  return std::make_unique<DelayNetwork>(queue, native->latency);
}

std::string numbered(const std::string& party, std::size_t ordinal) {
  return party + "/" + std::to_string(ordinal);
}

}  // namespace

// Private functions on the path of each request are inline where they are defined: this file alone calls
// them.

Simulation::Simulation(const Scenario& scenario, const SimulationOptions& options)
    : engine_(scenario, options.seed, options.series),
      call_log_(options.call_log),
      explain_(options.explain),
      directory_(scenario.services.size()),
      servers_(engine_, {[this](Time now, std::uint32_t request, std::uint32_t target, std::uint32_t number) {
                           return call_downstream(now, request, target, number);
                         },
                         [this](Time now, const ChildCall& child) {
                           clients_side_.cancel_call(now, child.sidecar, child.call);
                         }}),
      clients_side_(engine_, directory_, [this](Time now, const CallOrigin& origin, const Outcome& outcome) {
        call_ended(now, origin, outcome);
      }) {
  clients_side_.explain(explain_);
  if (options.call_log != nullptr) engine_.call_log.emplace(scenario.clients.size());
  engine_.network = make_network(scenario, options, engine_.queue);
  if (!scenario.overheads) engine_.constant_delay = engine_.network->constant_delay();
  network_has_clock_ = engine_.network->has_own_clock();
  for (const ServicePolicy& policy : scenario.policies) {
    engine_.reports_load.push_back(reads_reports(policy.config));
  }
  for (std::uint32_t service = 0; service < scenario.services.size(); ++service) {
    for (std::uint32_t i = 0; i < scenario.services[service].instances; ++i) add_instance(service);
    directory_.publish(service);
  }
  for (std::uint32_t i = 0; i < engine_.instances.size(); ++i) add_instance_sidecars(i);
  add_clients();
  schedule_plans();
}

void Simulation::add_instance(std::uint32_t service) {
  const ServiceConfig& config = engine_.scenario.services[service];
  const auto ordinal = static_cast<EndpointIndex>(directory_.instances(service).size());
  const std::uint32_t number = servers_.add_instance(service, ordinal);
  directory_.add(service, number, traits_of(config, ordinal));
  directory_.name(service, ordinal, numbered(config.name, ordinal));
  engine_.recorder.add_endpoint(service);
  engine_.network->add_node(engine_.instances[number].node, config.name, ordinal);
}

// From its start on, so that its sidecars learn of later changes as late as the clients' do.
void Simulation::add_instance_sidecars(std::uint32_t instance) {
  const InstanceAddress at = engine_.instances[instance];
  const ServiceConfig& service = engine_.scenario.services[at.service];
  auto& sidecars = instance_sidecars_.emplace_back();
  if (service.calls.empty()) return;
  sidecars.resize(engine_.scenario.services.size(), kNone);
  for (const DownstreamCall& call : service.calls) {
    if (sidecars[call.service] != kNone) continue;
    const std::string& callee = engine_.scenario.services[call.service].name;
    sidecars[call.service] =
        clients_side_.add_sidecar(numbered(service.name, at.endpoint) + ">" + callee, call.service, at.node,
                                  traits_of(service, at.endpoint).locality, service.connections);
  }
}

void Simulation::add_clients() {
  for (const ClientConfig& config : engine_.scenario.clients) {
    Client& client = clients_.emplace_back();
    for (std::uint32_t i = 0; i < config.sidecars; ++i) {
      const NodeId node = engine_.nodes++;
      engine_.network->add_node(node, config.name, i);
      client.sidecars.push_back(
          clients_side_.add_sidecar(numbered(config.name, i), config.service, node, config.locality,
                                    config.connections));
    }
    client.seed = calls_seed(engine_.seed, config.name);
    client.sidecar_choice = sidecar_choices(engine_.seed, config.name);
    if (config.keys) client.keys.emplace(*config.keys);
    client.arrivals = make_arrivals(config.arrivals, arrivals_seed(engine_.seed, config.name));
    const auto index = static_cast<std::uint32_t>(clients_.size() - 1);
    if (client.arrivals) {
      schedule_arrival(index);
      continue;
    }
    const auto users = std::get<ClosedArrivals>(config.arrivals).users;
    client.user_calls.resize(users, 0);
    for (std::uint32_t user = 0; user < users; ++user) schedule_user(Time{}, index, user);
  }
}

void Simulation::schedule_plans() {
  const Scenario& scenario = engine_.scenario;
  for (std::uint32_t i = 0; i < scenario.faults.size(); ++i) {
    const FaultConfig& fault = scenario.faults[i];
    engine_.queue.schedule(fault.at, {EventKind::fault_begins, i, 0, 0});
    if (fault.lasts)
      engine_.queue.schedule(saturating_add(fault.at, *fault.lasts), {EventKind::fault_ends, i, 0, 0});
  }
  for (std::uint32_t i = 0; i < scenario.changes.size(); ++i) {
    engine_.queue.schedule(scenario.changes[i].at, {EventKind::membership_change, i, 0, 0});
  }
  if (engine_.recorder.series()) {
    engine_.queue.schedule(Time(engine_.recorder.slice_length()), {EventKind::slice_ends, 0, 0, 0});
  }
}

Replication Simulation::run(RunControl& control) {
  Replication result;
  result.seed = engine_.seed;
  result.slice_length = engine_.recorder.slice_length();
  Time now{};
  Event event;
  std::uint64_t events = 0;
  while (true) {
    if (network_has_clock_) let_network_catch_up();
    if (!engine_.queue.pop(now, event)) break;
    dispatch(now, event);
    if (++events % kEventsBetweenLooks != 0) continue;
    control.simulated_ns.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    if (control.stop.load(std::memory_order_relaxed)) {
      result.partial = true;
      break;
    }
  }
  result.events = events;
  result.ended_at = now;
  servers_.finish(now);
  result.services = engine_.recorder.take(now, result.partial);
  for (std::uint32_t i = 0; i < clients_side_.sidecars(); ++i) {
    const Sidecar& sidecar = clients_side_.sidecar(i);
    const Shadow* shadow = std::as_const(*sidecar.upstream).shadow();
    if (shadow == nullptr) continue;
    result.services[sidecar.service].shadow += shadow->counters();
    add_shares(shadow->shares(), result.services[sidecar.service].shadow_shares);
  }
  if (explain_ != nullptr && explain_->started) {
    const std::vector<std::uint32_t>& sidecars = clients_[explain_->client].sidecars;
    explain_->sidecar -= sidecars.front();
  }
  if (call_log_ != nullptr) *call_log_ = engine_.call_log->take();
  return result;
}

// What it delivers may come before what is in the queue.
void Simulation::let_network_catch_up() {
  while (engine_.network->advance(engine_.queue.next_time())) {
  }
}

// The events of each request; the others apart, so that these stay small enough to be inlined into the loop.
inline void Simulation::dispatch(Time now, const Event& event) {
  switch (event.kind) {
    case EventKind::arrival:
      return arrival(now, event.a);
    case EventKind::request_arrived:
      return servers_.request_arrived(now, event.a, event.b);
    case EventKind::service_done:
      return servers_.service_done(now, event.a, event.b);
    case EventKind::answer_arrived:
      return clients_side_.answer_arrived(now, event.a, Answer::unpack(event.c));
    default:
      return dispatch_rare(now, event);
  }
}

void Simulation::dispatch_rare(Time now, const Event& event) {
  switch (event.kind) {
    case EventKind::user_ready:
      return user_ready(now, event.a, event.b);
    case EventKind::shared_done:
      return servers_.shared_done(now, event.a, event.c);
    case EventKind::cancel_arrived:
      return servers_.cancel_arrived(now, event.a, event.b);
    case EventKind::downstream_ended:
      return servers_.downstream_ended(now, event.a, event.b, event.c != 0);
    case EventKind::call_timer:
      return clients_side_.timer_fired(now, event.a, {event.b, event.c});
    case EventKind::fault_begins:
      return fault(now, event.a, true);
    case EventKind::fault_ends:
      return fault(now, event.a, false);
    case EventKind::membership_change:
      return change_membership(now, event.a);
    case EventKind::drain_ends:
      servers_.close(event.a);
      return clients_side_.connections().instance_closed(now, event.a);
    case EventKind::discovery_update:
      return clients_side_.discovery_update(now, event.a, event.b);
    case EventKind::inbound_timer:
      return servers_.inbound_timer(now, event.a, event.b, event.c);
    case EventKind::inbound_passed:
      return servers_.inbound_passed(now, event.a, event.b);
    case EventKind::inbound_answered:
      return servers_.inbound_answered(now, event.a, event.b, Answer::unpack(event.c));
    case EventKind::probe_arrived:
      return servers_.probe_arrived(now, event.a);
    case EventKind::probe_answered:
      return clients_side_.probe_answered(now, event.a);
    case EventKind::connect_arrived:
      return clients_side_.connections().connect_arrived(now, event.a, event.b);
    case EventKind::connect_answered:
      return clients_side_.connections().connect_answered(now, event.a, event.b, event.c != 0);
    case EventKind::connect_timed_out:
      return clients_side_.connections().connect_timed_out(now, event.a, event.b);
    case EventKind::closing_arrived:
      return clients_side_.connections().closing_arrived(now, event.a, event.b);
    case EventKind::call_came:
      return clients_side_.call_came(now, event.a);
    case EventKind::call_told:
      return clients_side_.call_told(now, event.a);
    case EventKind::slice_ends: {
      engine_.recorder.end_slice(now);
      const Time end(engine_.scenario.duration);
      if (now < end) engine_.queue.schedule(std::min(now + engine_.recorder.slice_length(), end), event);
      return;
    }
    case EventKind::timer:  // the queue keeps these to itself
    case EventKind::arrival:
    case EventKind::request_arrived:
    case EventKind::service_done:
    case EventKind::answer_arrived:
      return;  // not here
  }
}

inline void Simulation::schedule_arrival(std::uint32_t client) {
  const Time at = clients_[client].arrivals->next();
  if (at >= Time(engine_.scenario.duration)) return;
  engine_.queue.schedule(at, {EventKind::arrival, client, 0, 0}, EventQueue::Lane::arrivals);
}

inline void Simulation::arrival(Time now, std::uint32_t index) {
  schedule_arrival(index);
  Client& client = clients_[index];
  const auto number = static_cast<std::uint32_t>(client.calls);
  const std::uint64_t seed = call_seed(client.seed, client.calls++);
  clients_side_.take_call(
      now, {choose_sidecar(client), now, kNever, seed, {CallOrigin::Kind::open_loop, index, number},
            key_of(client, seed), engine_.scenario.clients[index].urgency});
}

inline std::optional<std::uint64_t> Simulation::key_of(const Client& client, std::uint64_t seed) {
  if (!client.keys) return std::nullopt;
  RandomStream random(key_seed(seed));
  return key_hash(client.keys->sample(random));
}

inline std::uint32_t Simulation::choose_sidecar(Client& client) {
  if (client.sidecars.size() == 1) return client.sidecars.front();
  return client.sidecars[client.sidecar_choice.below(client.sidecars.size())];
}

void Simulation::schedule_user(Time now, std::uint32_t index, std::uint32_t user) {
  Client& client = clients_[index];
  const auto& think = std::get<ClosedArrivals>(engine_.scenario.clients[index].arrivals).think;
  RandomStream random(think_seed(client.seed, user, client.user_calls[user]));
  const Time at = saturating_add(now, think.sample(random));
  if (at < Time(engine_.scenario.duration))
    engine_.queue.schedule(at, {EventKind::user_ready, index, user, 0});
}

void Simulation::user_ready(Time now, std::uint32_t index, std::uint32_t user) {
  Client& client = clients_[index];
  const std::uint64_t seed = user_call_seed(client.seed, user, client.user_calls[user]++);
  const std::uint32_t sidecar = client.sidecars[user % client.sidecars.size()];
  clients_side_.take_call(now, {sidecar, now, kNever, seed, {CallOrigin::Kind::user, index, user},
                                key_of(client, seed), engine_.scenario.clients[index].urgency});
}

void Simulation::fault(Time now, std::uint32_t index, bool begins) {
  const FaultConfig& fault = engine_.scenario.faults[index];
  const auto& instances = directory_.instances(fault.service);
  for (std::uint32_t i = 0; i < instances.size(); ++i) {
    if (fault.instance && *fault.instance != i) continue;
    if (begins) {
      begin_fault(now, instances[i], index);
    } else {
      servers_.fault_ends(instances[i], index);
    }
  }
}

void Simulation::begin_fault(Time now, std::uint32_t instance, std::uint32_t fault) {
  const std::uint32_t closures = engine_.doors[instance].closures;
  servers_.fault_begins(now, instance, fault);
  if (engine_.doors[instance].closures != closures) clients_side_.connections().instance_closed(now, instance);
}

// A fault of the whole service holds for an instance that joins while it lasts, too.
void Simulation::share_faults(Time now, std::uint32_t service, std::uint32_t instance) {
  for (std::uint32_t i = 0; i < engine_.scenario.faults.size(); ++i) {
    const FaultConfig& fault = engine_.scenario.faults[i];
    const Time ends = fault.lasts ? saturating_add(fault.at, *fault.lasts) : kNever;
    if (fault.service == service && !fault.instance && fault.at <= now && now < ends) {
      servers_.fault_begins(now, instance, i);
    }
  }
}

void Simulation::change_membership(Time now, std::uint32_t index) {
  const MembershipChange& change = engine_.scenario.changes[index];
  for (std::uint32_t i = 0; i < change.join; ++i) {
    add_instance(change.service);
    share_faults(now, change.service, directory_.instances(change.service).back());
  }
  for (const std::uint32_t leaver : change.leave) {
    directory_.remove(change.service, leaver);
    engine_.queue.schedule(saturating_add(now, change.drain),
                           {EventKind::drain_ends, directory_.instance(change.service, leaver), 0, 0});
  }
  const std::uint32_t version = directory_.publish(change.service);
  for (auto i = static_cast<std::uint32_t>(instance_sidecars_.size()); i < engine_.instances.size(); ++i) {
    add_instance_sidecars(i);
  }
  for (std::uint32_t i = 0; i < clients_side_.sidecars(); ++i) {
    if (clients_side_.sidecar(i).service != change.service) continue;
    RandomStream random(mix(clients_side_.sidecar(i).discovery_seed, version));
    engine_.queue.schedule(saturating_add(now, engine_.scenario.discovery_delay.sample(random)),
                           {EventKind::discovery_update, i, version, 0});
  }
}

ChildCall Simulation::call_downstream(Time now, std::uint32_t slot, std::uint32_t target, std::uint32_t number) {
  const Request request = engine_.requests[slot];
  NewCall call;
  call.sidecar = instance_sidecars_[request.instance][target];
  call.due = now;
  call.deadline = request.deadline;
  call.seed = mix(request.seed, static_cast<std::uint64_t>(Draw::downstream) + number);
  call.origin = {CallOrigin::Kind::request, slot, engine_.requests.generation(slot)};
  call.key = request.key;
  call.urgency = request.urgency;
  return {call.sidecar, clients_side_.start_call(now, call)};
}

void Simulation::call_ended(Time now, const CallOrigin& origin, const Outcome& outcome) {
  if (origin.kind == CallOrigin::Kind::user) return schedule_user(now, origin.a, origin.b);
  engine_.queue.schedule(now, {EventKind::downstream_ended, origin.a, origin.b, outcome.ok() ? 1u : 0u});
}

}  // namespace meshtwin
