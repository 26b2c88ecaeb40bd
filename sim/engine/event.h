// What the event queue carries: a kind and up to three numbers, plain data that any part may schedule.
#pragma once

#include <cstdint>

namespace meshtwin {

enum class EventKind : std::uint32_t {
  arrival,            // a: client
  user_ready,         // a: client, b: user (closed loop)
  request_arrived,    // a: request, b: its generation; at the server
  service_done,       // a: instance, b: request, c: its generation
  shared_done,        // a: instance, c: version of its schedule (processor sharing)
  answer_arrived,     // a: request, b: its generation, c: Answer; at the client
  cancel_arrived,     // a: request, b: its generation; at the server
  downstream_ended,   // a: request, b: its generation, c: 1 when its call ended well; at the server
  call_timer,         // a: sidecar, b: call slot, c: call generation
  fault_begins,       // a: index of the fault
  fault_ends,         // a: index of the fault
  membership_change,  // a: index of the change
  drain_ends,         // a: instance
  discovery_update,   // a: sidecar, b: version of the service's membership
  timer,              // a: timer slot; the queue's own, never delivered
  inbound_timer,      // a: instance, b: call slot, c: call generation
  inbound_passed,     // a: request, b: its generation; from the instance's own sidecar at the instance
  inbound_answered,   // a: request, b: its generation, c: Answer; from the instance at its sidecar
  probe_arrived,      // a: probe; at the server
  probe_answered,     // a: probe; at the client
  connect_arrived,    // a: connection, b: its generation; at the server
  connect_answered,   // a: connection, b: its generation, c: 1 when it was refused; at the client
  connect_timed_out,  // a: connection, b: its generation
  closing_arrived,    // a: connection, b: its generation; at the client
  call_came,          // a: call on its way; at its sidecar
  call_told,          // a: outcome on its way; at the client
  slice_ends,         // the statistics move on to their next slice
};

struct Event {
  EventKind kind = EventKind::arrival;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};

}  // namespace meshtwin
