// How messages get from sidecars to instances and back: the one interface of both network models.
#pragma once

#include <cstdint>
#include <string>

#include "core/time.h"
#include "sim/engine/event.h"

namespace meshtwin {

// A sender or receiver: a sidecar or an instance, numbered in the order of their creation by the simulation.
using NodeId = std::uint32_t;

struct Message {
  NodeId from = 0;
  NodeId to = 0;
  std::uint64_t bytes = 0;
  std::uint64_t seed = 0;  // for what is drawn about this message alone, e.g. its delay
  Event on_arrival;
};

class Network {
 public:
  virtual ~Network() = default;
  // Puts `on_arrival` into the simulation's event queue for the moment when the whole message is there.
  virtual void send(Time now, const Message& message) = 0;

  // For models with a clock of their own: lets time pass there until `limit` or until at least one arrival
  // was put into the event queue, whichever comes first. False where nothing is under way and `limit` is
  // kNever.
  virtual bool advance(Time limit) {
    (void)limit;
    return false;
  }
  virtual bool has_own_clock() const { return false; }

  // Where a node is: sidecar or instance `ordinal` of the client or service `party`. Called before its first
  // message.
  virtual void add_node(NodeId node, const std::string& party, std::uint32_t ordinal) {
    (void)node, (void)party, (void)ordinal;
  }
};

}  // namespace meshtwin
