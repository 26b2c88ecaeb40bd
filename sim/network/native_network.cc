#include "sim/network/native_network.h"

#include <utility>

namespace meshtwin {

DelayNetwork::DelayNetwork(EventQueue& queue, Distribution latency)
    : queue_(queue), latency_(std::move(latency)), constant_(latency_.cv2() == 0) {}

void DelayNetwork::send(Time now, const Message& message) {
  Duration delay = latency_.mean();
  if (!constant_) {
    RandomStream random(message.seed);
    delay = latency_.sample(random);
  }
  queue_.schedule(saturating_add(now, delay), message.on_arrival, EventQueue::Lane::messages);
}

}  // namespace meshtwin
