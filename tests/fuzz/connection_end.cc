// How a script's run ends: what is demanded of the proxy whatever the script did to it.
#include "tests/fuzz/connection_config.h"
#include "tests/fuzz/connection_world.h"
#include "tests/fuzz/fuzz_support.h"

namespace meshtwin {

namespace {

// For what waits for a moment: a retry, a hedge.
constexpr Duration kPace = std::chrono::milliseconds(5);
// Breakers that are open let calls through again.
constexpr Duration kForBreakers = std::chrono::seconds(20);

}  // namespace

void ConnectionWorld::end() {
  set_members(kAllMembers);
  well_behaved_ = true;
  for (const auto& endpoint : endpoints_) endpoint->read_on(true);
  answer_clients();
  end_calls();
  pass_time(kForBreakers);
  FuzzedClient& client = probe();
  if (ends_by_draining(settings_)) drain(client);
  client.peer().close();
  demand_nothing_left();
}

// Who spoke by hand is cut off where its silence leaves a client waiting; else the endpoints'
// connections are left for the probe to use.
void ConnectionWorld::answer_clients() {
  for (const auto& client : clients_) {
    client->read_on(true);
    client->send_held_back();
  }
  settle();
  for (const auto& endpoint : endpoints_) {
    if (endpoint->peer().open()) endpoint->answer_all(0);
  }
  settle();
  // Who isn't accepted, for want of room, waits on.
  if (listener().downstream_cx_total < clients_.size()) return;
  const auto all_answered = [this] {
    bool waiting = false;
    for (const auto& client : clients_) {
      client->take_in();
      waiting = waiting || client->waits();
    }
    return !waiting;
  };
  if (!all_answered()) {
    for (const auto& client : clients_) {
      if (client->spoke_by_hand()) client->peer().reset();
    }
    for (const auto& endpoint : endpoints_) {
      if (endpoint->spoke_by_hand()) endpoint->peer().reset();
    }
  }
  turn_until(all_answered, "no client is left without an answer", kPace);
}

// Calls whose endpoints keep silent are ended by these. One whose client went with a further request on its
// way goes on as if it hadn't.
void ConnectionWorld::end_calls() {
  for (const auto& client : clients_) client->peer().reset();
  for (const auto& endpoint : endpoints_) {
    if (endpoint->unsure()) endpoint->peer().reset();
  }
  settle();
  const auto all_over = [this] { return listener().downstream_cx_active == 0 && upstream().call_active == 0; };
  if (!all_over()) {
    for (const auto& endpoint : endpoints_) endpoint->peer().reset();
  }
  turn_until(all_over, "calls end with their clients and endpoints", kPace);
}

FuzzedClient& ConnectionWorld::probe() {
  FuzzedClient* const client = connect();
  demand(client != nullptr, "a client can connect");
  client->ask(0);
  const auto over = [&] {
    client->take_in();
    return !client->waits();
  };
  turn_until(over, "the probe is answered");
  const std::string& got = client->peer().received;
  demand(got.starts_with("HTTP/1.1 200 ") && !tags_.find_all(got).empty(), "the probe is answered well", got);
  return *client;
}

void ConnectionWorld::drain(FuzzedClient& client) {
  bool drained = false;
  worker_.drain([&] { drained = true; });
  turn_until([&] { return client.peer().ended; }, "draining closes an idle client's connection");
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
