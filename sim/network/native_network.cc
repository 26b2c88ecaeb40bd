#include "sim/network/native_network.h"

#include <utility>

namespace meshtwin {

DelayNetwork::DelayNetwork(EventQueue& queue, Distribution latency)
    : queue_(queue), latency_(std::move(latency)) {}

void DelayNetwork::send(Time now, const Message& message) {
  const Duration delay = constant_delay().value_or(latency_.sample_once(message.seed));
  queue_.schedule(saturating_add(now, delay), message.on_arrival, EventQueue::Lane::messages);
}

}  // namespace meshtwin
