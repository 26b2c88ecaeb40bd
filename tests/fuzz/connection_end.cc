// How a script's run ends: what is demanded of the proxy whatever the script did to it.
#include "tests/fuzz/connection_config.h"
#include "tests/fuzz/connection_world.h"
#include "tests/fuzz/fuzz_support.h"

namespace meshtwin {

void ConnectionWorld::end() {
  end_calls();
  Client& client = probe();
  if (ends_by_draining(settings_)) drain(client);
  client.peer->close();
  demand_nothing_left();
}

// Calls whose endpoints keep silent are ended by these; else their connections are left for the probe to use.
void ConnectionWorld::end_calls() {
  set_members(~0u);
  well_behaved_ = true;
  for (const auto& client : clients_) client->peer->reset();
  for (const auto& endpoint : endpoints_) {
    endpoint->read_on(true);
    if (endpoint->unsure()) endpoint->peer().reset();
  }
  settle();
  const auto all_over = [this] { return listener().downstream_cx_active == 0 && upstream().call_active == 0; };
  if (!all_over()) {
    for (const auto& endpoint : endpoints_) endpoint->peer().reset();
  }
  turn_until(all_over, "calls end with their clients and endpoints");
}

ConnectionWorld::Client& ConnectionWorld::probe() {
  Client* const client = connect();
  demand(client != nullptr, "a client can connect");
  client->peer->send(with_tags(*client, "GET /@ HTTP/1.1\r\nHost: shop\r\n\r\n"));
  const std::string& got = client->peer->received;
  turn_until([&] { return client->peer->ended || !tags_.find_all(got).empty(); }, "the probe is answered");
  demand(got.starts_with("HTTP/1.1 200 ") && !tags_.find_all(got).empty(), "the probe is answered well", got);
  return *client;
}

void ConnectionWorld::drain(Client& client) {
  bool drained = false;
  worker_.drain([&] { drained = true; });
  turn_until([&] { return client.peer->ended; }, "draining closes an idle client's connection");
  for (const auto& endpoint : endpoints_) endpoint->peer().close();
  turn_until([&] { return drained; }, "draining ends");
}

void ConnectionWorld::demand_nothing_left() {
  turn_until([this] { return listener().downstream_cx_active == 0; }, "clients' connections are closed");
  demand(listener().downstream_rq_active == 0, "no request is left");
  demand(upstream().call_active == 0 && upstream().upstream_rq_pending_active == 0, "no call is left");
  for (const auto& endpoint : endpoints_) endpoint->peer().close();
  turn_until([this] { return worker_.connections() == 0; }, "tunnels are closed");
  for (const EndpointMetrics& metrics : upstream().endpoints) {
    turn_until([&] { return metrics.upstream_cx_active == 0; }, "endpoints' connections are closed");
    demand(metrics.upstream_rq_active == 0, "no attempt is left");
    demand(metrics.upstream_rq_total ==
               metrics.upstream_rq_success + metrics.upstream_rq_error + metrics.upstream_rq_cancelled,
           "each attempt has ended once");
  }
}

}  // namespace meshtwin
