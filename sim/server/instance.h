// One instance of a service: its queue, its workers, and what is wrong with it at the moment.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/config/scenario.h"
#include "core/random/distributions.h"
#include "core/ring_buffer.h"
#include "sim/server/processor_share.h"

namespace meshtwin {

// A request by slot and generation: the slot may be another one's by the time it is looked at.
struct RequestRef {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

struct Instance {
  static constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();

  Instance(std::uint32_t workers, std::uint32_t queue_limit, Discipline order, Distribution time)
      : concurrency(workers),
        max_waiting(queue_limit),
        discipline(order),
        service_time(std::move(time)),
        share(workers) {}

  std::uint32_t concurrency;
  std::uint32_t max_waiting;
  Discipline discipline;
  Distribution service_time;
  bool accepts = true;  // false once it has left the service and drained
  std::vector<std::uint32_t>
      faults;  // those that hold, by index in the scenario, in order of their beginning
  bool crashed = false;
  bool blackholed = false;

  std::uint32_t busy = 0;             // workers taken (first in, first out)
  std::uint32_t waiting = 0;          // requests in `queue` that are still wanted
  RingBuffer<RequestRef> queue;       // in order of arrival, requests given up meanwhile included
  ProcessorShare share;               // processor sharing
  std::vector<std::uint32_t> inside;  // all requests here: waiting, served or calling others
};

}  // namespace meshtwin
