#include "sim/engine/engine.h"

#include "core/random/stream.h"

namespace meshtwin {

void Engine::send_by_network(Time now, const Request& request, Draw purpose, std::uint64_t bytes,
                             const Event& on_arrival) {
  const NodeId client = sidecar_nodes[request.sidecar];
  const NodeId server = instances[request.instance].node;
  const bool back = purpose == Draw::to_client;
  const std::uint64_t draw = mix(request.seed, static_cast<std::uint64_t>(purpose));
  network->send(now, {back ? server : client, back ? client : server, bytes, draw, on_arrival});
}

}  // namespace meshtwin
