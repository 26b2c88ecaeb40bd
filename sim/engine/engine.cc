#include "sim/engine/engine.h"

namespace meshtwin {

namespace {

// What the machine adds to a message beside the network's delay.
Duration added_to(const Overheads& overheads, const Request& request, Draw purpose) {
  const auto drawn = [&](const Distribution& time, Draw stream) {
    return time.sample_once(draw_seed(request.seed, stream));
  };
  if (purpose == Draw::to_client) return drawn(overheads.response_path, Draw::response_path);
  const Draw stream = purpose == Draw::cancel ? Draw::cancel_path : Draw::request_path;
  return drawn(overheads.request_path, stream);
}

}  // namespace

void Engine::send_by_network(Time now, const Request& request, Draw purpose, std::uint64_t bytes,
                             const Event& on_arrival) {
  const NodeId client = sidecar_nodes[request.sidecar];
  const NodeId server = instances[request.instance].node;
  const bool back = purpose == Draw::to_client;
  const std::uint64_t draw = draw_seed(request.seed, purpose);
  if (scenario.overheads) now = saturating_add(now, added_to(*scenario.overheads, request, purpose));
  network->send(now, {back ? server : client, back ? client : server, bytes, draw, on_arrival});
}

}  // namespace meshtwin
