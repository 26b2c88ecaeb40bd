// One instance of a service: its queue, its workers, and what is wrong with it at the moment.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "core/cache_line.h"
#include "core/config/scenario.h"
#include "core/random/distributions.h"
#include "core/ring_buffer.h"
#include "core/time.h"
#include "core/workload/instance_faults.h"
#include "policies/load/server_load.h"
#include "sim/server/inbound.h"
#include "sim/server/processor_share.h"

namespace meshtwin {

// A request in a queue, by slot and generation: the slot may be another one's by the time it is looked at.
struct WaitingRequest {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  Duration service{};  // its service time while no fault changes that; drawn early, off the path of the busy
                       // worker
};

struct alignas(kCacheLine) Instance {
  static constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();

  // `of` has to outlive it.
  Instance(const ServiceConfig& of, std::uint32_t workers, Distribution time)
      : config(&of),
        concurrency(workers),
        max_waiting(of.queue.value_or(kUnbounded)),
        discipline(of.discipline),
        service_time(std::move(time)),
        share(workers) {}

  // First what each request needs, in as few cache lines as possible.
  const ServiceConfig* config;
  std::uint32_t concurrency;
  std::uint32_t max_waiting;
  std::uint32_t busy = 0;     // workers taken
  Time busy_since{};          // when that last changed, or was last accounted for
  std::uint32_t waiting = 0;  // requests in `queue` that are still wanted
  Discipline discipline;
  bool accepts = true;  // false once it has left the service and drained
  bool varies = false;  // some fault holds, or its speed fluctuates
  bool faulty = false;  // some fault holds; these three say what `faults` would
  bool guarded = false;  // what comes may have to be turned away
  bool crashed = false;
  bool blackholed = false;
  bool watched = false;              // its load is reported, or it has an inbound policy
  bool may_crash = false;            // some fault of the scenario is a crash of it
  RingBuffer<WaitingRequest> queue;  // in order of arrival, requests given up meanwhile included
  Distribution service_time;

  std::vector<std::uint32_t>
      inside;  // where it may crash: all requests here, waiting, served or calling others
  InstanceFaults faults;
  ProcessorShare share;  // processor sharing
  std::optional<ServerLoad> load;  // where it is reported
  std::unique_ptr<Inbound> inbound;  // where the service has such a policy
  std::uint64_t fluctuation = 0;     // the seed of its slow stretches
};

}  // namespace meshtwin
