// The native network model: each message takes a time drawn from one distribution, whatever its size.
#pragma once

#include "core/random/distributions.h"
#include "sim/engine/event_queue.h"
#include "sim/network/network.h"

namespace meshtwin {

// Messages with random delays may overtake each other.
class DelayNetwork final : public Network {
 public:
  DelayNetwork(EventQueue& queue, Distribution latency);
  void send(Time now, const Message& message) override;

 private:
  EventQueue& queue_;
  Distribution latency_;
  bool constant_;  // no draw, and so no stream, is needed
};

}  // namespace meshtwin
