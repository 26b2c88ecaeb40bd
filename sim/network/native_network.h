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
  std::optional<Duration> constant_delay() const override {
    return latency_.cv2() == 0 ? std::optional(latency_.mean()) : std::nullopt;
  }

 private:
  EventQueue& queue_;
  Distribution latency_;
};

}  // namespace meshtwin
