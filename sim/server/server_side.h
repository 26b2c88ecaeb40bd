// The instances of all services: queues, service, downstream calls, answers, and what faults do to them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/random/stream.h"
#include "core/time.h"
#include "sim/engine/engine.h"
#include "sim/server/inbound.h"
#include "sim/server/instance.h"

namespace meshtwin {

// A call that a request at a server has made.
struct ChildCall {
  std::uint32_t sidecar = 0;
  CallId call;
};

class ServerSide {
 public:
  // How a request that is being served calls another service, and takes that back.
  struct Downstream {
    // `number` counts the calls of the request.
    std::function<ChildCall(Time now, std::uint32_t request, std::uint32_t target, std::uint32_t number)> call;
    std::function<void(Time now, const ChildCall& call)> cancel;
  };

  ServerSide(Engine& engine, Downstream downstream) : engine_(engine), downstream_(std::move(downstream)) {}

  // An instance of `service` with what the scenario says of endpoint `ordinal`; returns its number.
  std::uint32_t add_instance(std::uint32_t service, EndpointIndex ordinal);

  void request_arrived(Time now, std::uint32_t slot, std::uint32_t generation);
  void probe_arrived(Time now, std::uint32_t probe);
  void cancel_arrived(Time now, std::uint32_t slot, std::uint32_t generation);
  void service_done(Time now, std::uint32_t slot, std::uint32_t generation);
  void shared_done(Time now, std::uint32_t instance, std::uint32_t version);
  void inbound_passed(Time now, std::uint32_t slot, std::uint32_t generation);
  void inbound_answered(Time now, std::uint32_t slot, std::uint32_t generation, Answer answer);
  void inbound_timer(Time now, std::uint32_t instance, std::uint32_t call_slot, std::uint32_t generation);
  void downstream_ended(Time now, std::uint32_t slot, std::uint32_t generation, bool ok);

  // Does nothing where the fault holds already.
  void fault_begins(Time now, std::uint32_t instance, std::uint32_t fault);
  void fault_ends(std::uint32_t instance, std::uint32_t fault);
  // Accounts for what is still under way at the end of a run.
  void finish(Time now);
  // From now on connections are refused, and those that there are are closed; what is inside is served.
  void close(std::uint32_t instance);

 private:
  const ServiceConfig& service_of(std::uint32_t instance) const { return *instances_[instance].config; }
  void enter(Instance& instance, std::uint32_t slot);
  void leave(Instance& instance, std::uint32_t slot);
  // For the load that the instance reports.
  void load_comes(Time now, Instance& instance, std::uint32_t slot);
  void load_goes(Time now, Instance& instance, std::uint32_t slot, ServerLoad::Ending ending);
  // Of an instance with an inbound policy: what its core decides.
  void take_inbound(Time now, std::uint32_t number, std::uint32_t slot);
  void drain_inbound(Time now, std::uint32_t number);
  void carry_out_inbound(Time now, std::uint32_t number, const Output& output);
  void pass_inside(Time now, std::uint32_t number, std::uint32_t slot);
  void take_answer(Time now, std::uint32_t slot, Answer answer);
  void tell_inbound(Time now, std::uint32_t number, std::uint32_t slot, Answer answer);
  void answered_inside(Time now, std::uint32_t slot, Answer answer);
  void finish_inbound(Time now, std::uint32_t number, const Output& output);
  void crash_inbound(Time now, std::uint32_t number);
  void come_to_watched(Time now, std::uint32_t number, std::uint32_t slot);
  void let_in(Time now, std::uint32_t number, std::uint32_t slot);
  void come_in(Time now, std::uint32_t number, Instance& instance, std::uint32_t slot, Request& request);
  // Takes a request out of wherever it is in the instance.
  void pull_out(Time now, std::uint32_t number, std::uint32_t slot);
  void send_answer(Time now, std::uint32_t slot, Answer answer);
  void send_back(Time now, Instance& instance, std::uint32_t slot, Request& request, Answer answer);
  InboundCall& inbound_call(std::uint32_t slot);
  // `normal`: its service time where no fault changes that.
  void begin_service(Time now, std::uint32_t number, std::uint32_t slot, Duration normal);
  // Accounts for the workers taken so far.
  void set_busy(Time now, std::uint32_t number, std::uint32_t busy);
  void free_worker(Time now, std::uint32_t number);
  void release_worker(Time now, std::uint32_t number);
  void plan_shared(Time now, std::uint32_t number);
  void served(Time now, std::uint32_t number, std::uint32_t slot);
  void call_next(Time now, std::uint32_t number, std::uint32_t slot);
  bool call_one(Time now, std::uint32_t slot, const ServiceConfig& service);
  void call_all(Time now, std::uint32_t number, std::uint32_t slot);
  void cancel_calls(Time now, std::uint32_t slot);
  void calls_ended(Time now, std::uint32_t number, std::uint32_t slot, bool ok);
  void answer(Time now, std::uint32_t slot, Answer answer);
  void refuse(Time now, std::uint32_t slot, const RefusalConfig& refusal);
  void drop(std::uint32_t slot);
  void crash(Time now, std::uint32_t number);
  // How much later than planned the timer of its service goes off.
  Duration lateness_for(const Request& request) const;
  static Duration varied_time(Time now, const Instance& instance, const Request& request, Duration normal);
  void note_state(std::uint32_t number);
  bool turn_away(Time now, std::uint32_t number, std::uint32_t slot);

  Engine& engine_;
  Downstream downstream_;
  std::vector<Instance> instances_;
  std::vector<std::optional<ServerLoad::Ticket>> tickets_;  // by request, of those at instances that report their load
  std::vector<std::vector<ChildCall>> children_;            // by request
  std::vector<InboundCall> inbound_calls_;                  // by request
};

}  // namespace meshtwin
