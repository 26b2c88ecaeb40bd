// How messages get from sidecars to instances and back: the one interface of both network models.
#pragma once

#include <cstdint>
#include <optional>
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
  // Messages with bytes are requests and answers: `on_arrival` has the request's slot as `a` and its
  // generation as `b`. For models without a clock of their own `now` may lie ahead of the simulation.
  virtual void send(Time now, const Message& message) = 0;

  // What each message takes, when that is the same for all of them: the simulation may then schedule arrivals
  // itself instead of calling send.
  virtual std::optional<Duration> constant_delay() const { return std::nullopt; }

  // For models with a clock of their own: lets time pass there until at least one arrival was put into the
  // event queue, and says true; false when nothing arrives before `limit`. What arrives at `limit` itself
  // comes later, after the events that are in the queue for that instant.
  virtual bool advance(Time limit) {
    (void)limit;
    return false;
  }
  virtual bool has_own_clock() const { return false; }

  // For models in which messages take bandwidth from each other: ends what is under way of the message with
  // bytes that carries this request or its answer, so that it never arrives, and says true. False where there
  // is none.
  virtual bool take_back(Time now, std::uint32_t request, std::uint32_t generation) {
    (void)now, (void)request, (void)generation;
    return false;
  }

  // Where a node is: sidecar or instance `ordinal` of the client or service `party`. Called before its first
  // message.
  virtual void add_node(NodeId node, const std::string& party, std::uint32_t ordinal) {
    (void)node, (void)party, (void)ordinal;
  }
};

}  // namespace meshtwin
