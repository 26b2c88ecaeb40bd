// One instance of a service on a port of its own: the queue, the workers and the faults of the simulator's
// instances, with sockets around them.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/config/scenario.h"
#include "core/workload/draws.h"
#include "core/workload/instance_faults.h"
#include "core/workload/instance_traits.h"
#include "policies/load/server_load.h"
#include "real/net/event_loop.h"
#include "real/testbed/played_request.h"
#include "real/testbed/port_holder.h"
#include "real/testbed/records.h"
#include "real/testbed/server_connection.h"

namespace meshtwin {

struct InstanceId {
  std::uint32_t service = 0;
  EndpointIndex endpoint = 0;
};

// Service takes time and no CPU: a timer ends it. Timers go off a little late, so the schedule runs on the
// moments that they were set to: lateness delays answers, and never keeps a worker. What has no seed of its
// own, since it is from another client, is given one.
class PlayedInstance final : private IoHandler {
 public:
  // `report` gets a record of each request that has ended; null: nothing is kept.
  PlayedInstance(EventLoop& loop, const Scenario& scenario, InstanceId id, PortHolder port,
                 std::uint64_t run_seed, BackendReport* report);
  ~PlayedInstance() override;

  Result<bool> listen();
  // Refuses what comes and resets what is open, but for answers on their way.
  void crash(Time at);
  void fault_begins(const FaultConfig& fault, Time at);
  void fault_ends(const FaultConfig& fault);

  // For its connections: a request that came whole, and the end of a connection with the request in hand.
  struct Arrival {
    std::optional<std::uint64_t> call_seed;
    std::uint8_t attempt = 0;
    bool opens_connection = false;  // it is the first one on its connection
  };
  void receive(ServerConnection& client, const Arrival& arrival);
  void receive_probe(ServerConnection& client);
  void connection_closed(ServerConnection& connection, PlayedRequest* request);
  // For its requests.
  void step(PlayedRequest& request);
  void cancel(PlayedRequest& request, Time at);

  // Notes down what is still inside; the end of it all.
  void finish(Time at);
  // Requests that came whole.
  std::uint64_t received() const { return received_; }

 private:
  void on_io(std::uint32_t events) override;
  void accept_again(Time now);
  PlayedRequest& take_in(ServerConnection& client);
  void travel(PlayedRequest& request);
  void arrive(PlayedRequest& request, Time at);
  // Of a request that isn't let in.
  // One that comes in, and one that its load counts already.
  void refuse(PlayedRequest& request, const RefusalConfig& refusal, Time at);
  void refuse_inside(PlayedRequest& request, const RefusalConfig& refusal, Time at);
  void leave_load(PlayedRequest& request, Time at, ServerLoad::Ending ending);
  void begin(PlayedRequest& request, Time at);
  void served(PlayedRequest& request, Time at);
  void free_worker(Time at);
  void end_services_before(Time at);
  void answer(PlayedRequest& request, std::uint16_t status, Time at);
  void deliver(PlayedRequest& request);
  void drop(PlayedRequest& request);
  void release(PlayedRequest& request);
  void set_step(PlayedRequest& request, PlayedRequest::Place place, Time due);
  Duration network_delay(const PlayedRequest& request, Draw purpose) const;
  Duration handshake_delay(const PlayedRequest& request) const;

  EventLoop& loop_;
  const ServiceConfig& service_;
  Distribution latency_;
  std::uint32_t handshake_round_trips_;
  InstanceId id_;
  InstanceTraits traits_;
  PortHolder port_;
  std::uint64_t seed_;  // of requests without one
  std::uint64_t fluctuation_;
  BackendReport* report_;
  Fd listener_;
  InstanceFaults faults_;
  std::optional<ServerLoad> load_;  // where the service's policy has a use for it
  Time load_at_{};                  // when it was last told of something
  std::uint64_t received_ = 0;
  std::uint64_t probes_ = 0;
  std::uint32_t busy_ = 0;
  std::deque<PlayedRequest*> queue_;
  std::vector<PlayedRequest*> serving_;
  std::vector<std::unique_ptr<PlayedRequest>> inside_;
  std::vector<std::unique_ptr<PlayedRequest>> spare_;
  std::vector<std::unique_ptr<ServerConnection>> connections_;
  MemberTimer<PlayedInstance, &PlayedInstance::accept_again> accept_timer_{*this};
};

}  // namespace meshtwin
