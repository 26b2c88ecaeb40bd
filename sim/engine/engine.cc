#include "sim/engine/engine.h"

#include <algorithm>

namespace meshtwin {

namespace {

// What the machine adds to a message beside the network's delay.
Duration added_to(const Overheads& overheads, std::uint64_t seed, Draw purpose) {
  const auto drawn = [&](const Distribution& time, Draw stream) {
    return time.sample_once(draw_seed(seed, stream));
  };
  if (purpose == Draw::to_client) return drawn(overheads.response_path, Draw::response_path);
  const Draw stream = purpose == Draw::cancel ? Draw::cancel_path : Draw::request_path;
  return drawn(overheads.request_path, stream);
}

bool is_dark(const Request&) { return false; }
bool is_dark(const Probe& probe) { return probe.asker == ReportFor::shadow; }

}  // namespace

Engine::Engine(const Scenario& of, std::uint64_t run_seed, bool series)
    : scenario(of), seed(run_seed), recorder(of, series) {
  for (std::uint32_t service = 0; service < of.services.size(); ++service) {
    opens_connections = opens_connections || has_connections(of, service);
  }
}

void Engine::send_by_network(Time now, const Request& request, Draw purpose, std::uint64_t bytes,
                             const Event& on_arrival) {
  if (purpose == Draw::to_client && request.served && scenario.overheads) {
    const Distribution& lateness = scenario.overheads->answer_lateness;
    now = saturating_add(now, lateness.sample_once(draw_seed(request.seed, Draw::answer_lateness)));
  }
  send_between(now, request, purpose, bytes, on_arrival);
}

void Engine::send_by_network(Time now, const Probe& probe, Draw purpose, const Event& on_arrival) {
  send_between(now, probe, purpose, 0, on_arrival);
}

template <class Sender>
void Engine::send_between(Time now, const Sender& sender, Draw purpose, std::uint64_t bytes, const Event& on_arrival) {
  const NodeId client = sidecar_nodes[sender.sidecar];
  const NodeId server = instances[sender.instance].node;
  const bool back = purpose == Draw::to_client;
  const std::uint64_t draw = draw_seed(sender.seed, purpose);
  if (scenario.overheads) {
    now = saturating_add(now, added_to(*scenario.overheads, sender.seed, purpose));
    // What one sidecar sends doesn't overtake itself: a probe doesn't arrive before the request that went ahead of it.
    // One of a shadow is in nobody's way.
    if (latest_out_.size() <= sender.sidecar) latest_out_.resize(sidecar_nodes.size());
    if (!back) {
      now = std::max(now, latest_out_[sender.sidecar]);
      if (!is_dark(sender)) latest_out_[sender.sidecar] = now;
    }
  }
  network->send(now, {back ? server : client, back ? client : server, bytes, draw, on_arrival});
}

}  // namespace meshtwin
