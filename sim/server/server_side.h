// The instances of all services: queues, service, downstream calls, answers, and what faults do to them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/random/stream.h"
#include "core/time.h"
#include "sim/engine/engine.h"
#include "sim/server/instance.h"

namespace meshtwin {

class ServerSide {
 public:
  // How a request that is being served calls another service, and takes that back.
  struct Downstream {
    std::function<void(Time now, std::uint32_t request, std::uint32_t target)> call;
    std::function<void(Time now, std::uint32_t request)> cancel;
  };

  ServerSide(Engine& engine, Downstream downstream) : engine_(engine), downstream_(std::move(downstream)) {}

  // An instance of `service` with what the scenario says of endpoint `ordinal`; returns its number.
  std::uint32_t add_instance(std::uint32_t service, EndpointIndex ordinal);

  void request_arrived(Time now, std::uint32_t slot, std::uint32_t generation);
  void probe_arrived(Time now, std::uint32_t probe);
  void cancel_arrived(Time now, std::uint32_t slot, std::uint32_t generation);
  void service_done(Time now, std::uint32_t slot, std::uint32_t generation);
  void shared_done(Time now, std::uint32_t instance, std::uint32_t version);
  void downstream_ended(Time now, std::uint32_t slot, std::uint32_t generation, bool ok);

  // Does nothing where the fault holds already.
  void fault_begins(Time now, std::uint32_t instance, std::uint32_t fault);
  void fault_ends(std::uint32_t instance, std::uint32_t fault);
  // Accounts for what is still under way at the end of a run.
  void finish(Time now);
  // From now on connections are refused; what is inside is served.
  void close(std::uint32_t instance) { instances_[instance].accepts = false; }

 private:
  const ServiceConfig& service_of(std::uint32_t instance) const { return *instances_[instance].config; }
  void enter(Time now, Instance& instance, std::uint32_t slot);
  void leave(Time now, Instance& instance, std::uint32_t slot, ServerLoad::Ending ending);
  void watch(Time now, Instance& instance, std::uint32_t slot);
  void unwatch(Time now, Instance& instance, std::uint32_t slot, ServerLoad::Ending ending);
  void report_load(Time now, Instance& instance, std::uint32_t slot);
  // Answers what was never let in.
  void refuse(Time now, std::uint32_t slot, std::uint16_t status);
  // `normal`: its service time where no fault changes that.
  void begin_service(Time now, std::uint32_t number, std::uint32_t slot, Duration normal);
  // Accounts for the workers taken so far.
  void set_busy(Time now, std::uint32_t number, std::uint32_t busy);
  void free_worker(Time now, std::uint32_t number);
  void plan_shared(Time now, std::uint32_t number);
  void served(Time now, std::uint32_t number, std::uint32_t slot);
  void call_next(Time now, std::uint32_t number, std::uint32_t slot);
  void answer(Time now, std::uint32_t slot, Answer answer);
  void drop(std::uint32_t slot);
  void crash(Time now, std::uint32_t number);
  // How much later than planned the timer of its service goes off.
  Duration lateness_for(const Request& request) const;
  static void note_faults(Instance& instance);

  Engine& engine_;
  Downstream downstream_;
  std::vector<Instance> instances_;
  std::vector<ServerLoad::Ticket> tickets_;  // by request, of those inside instances that report their load
};

}  // namespace meshtwin
