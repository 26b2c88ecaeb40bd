#include "sim/client/connections.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/workload/draws.h"

namespace meshtwin {

void Connections::add_sidecar(std::uint32_t sidecar, const ConnectionsConfig& config) {
  if (sides_.size() <= sidecar) sides_.resize(sidecar + std::size_t{1});
  sides_[sidecar] = std::make_unique<Side>();
  sides_[sidecar]->config = config;
}

Connections::Pool& Connections::pool_of(std::uint32_t sidecar, std::uint32_t instance) {
  std::vector<Pool>& pools = sides_[sidecar]->pools;
  const EndpointIndex endpoint = engine_.instances[instance].endpoint;
  if (pools.size() <= endpoint) pools.resize(endpoint + std::size_t{1});
  return pools[endpoint];
}

void Connections::carry(Time now, std::uint32_t slot) {
  const Request& request = engine_.requests[slot];
  Pool& pool = pool_of(request.sidecar, request.instance);
  std::uint32_t number = take(now, *sides_[request.sidecar], pool);
  if (number == kNone) number = open(now, request);
  join(number, slot);
  send_waiting(now, number);
}

std::uint32_t Connections::take(Time now, const Side& side, Pool& pool) {
  if (side.config.type == ConnectionType::single) return pool.shared;
  drop_expired(now, pool);
  if (pool.idle.empty()) return kNone;
  const std::uint32_t number = pool.idle.back();
  pool.idle.pop_back();
  return number;
}

// Those that have waited longest come first.
void Connections::drop_expired(Time now, Pool& pool) {
  const auto kept = std::find_if(pool.idle.begin(), pool.idle.end(), [&](std::uint32_t number) {
    return connections_[number].idle_until > now;
  });
  for (auto at = pool.idle.begin(); at != kept; ++at) close(*at);
  pool.idle.erase(pool.idle.begin(), kept);
}

std::uint32_t Connections::open(Time now, const Request& first) {
  const ConnectionsConfig& config = sides_[first.sidecar]->config;
  const std::uint32_t number = connections_.acquire();
  Connection& connection = connections_[number];
  connection.state = Connection::State::opening;
  connection.counted = first.counted;
  connection.sidecar = first.sidecar;
  connection.instance = first.instance;
  connection.round_trips = connection.streams = 0;
  connection.seed = first.seed;
  connection.connect_timer =
      engine_.queue.arm(saturating_add(now, config.connect_timeout),
                        {EventKind::connect_timed_out, number, connections_.generation(number), 0});
  if (config.type == ConnectionType::single) pool_of(first.sidecar, first.instance).shared = number;
  say_hello(now, number);
  return number;
}

void Connections::join(std::uint32_t number, std::uint32_t slot) {
  const Request& request = engine_.requests[slot];
  std::vector<std::array<Use, kMaxAttempts>>& uses = sides_[request.sidecar]->uses;
  if (uses.size() <= request.call.slot) uses.resize(request.call.slot + std::size_t{1});
  uses[request.call.slot][request.attempt] = {number, connections_.generation(number), false};
  connections_[number].waiting.push_back({slot, engine_.requests.generation(slot)});
}

void Connections::signal(Time now, const Connection& connection, bool back, std::uint64_t seed, const Event& event) {
  const NodeId client = engine_.sidecar_nodes[connection.sidecar];
  const NodeId server = engine_.instances[connection.instance].node;
  engine_.network->send(now, {back ? server : client, back ? client : server, 0, seed, event});
}

void Connections::say_hello(Time now, std::uint32_t number) {
  const Connection& connection = connections_[number];
  signal(now, connection, false, handshake_seed(connection.seed, connection.round_trips, false),
         {EventKind::connect_arrived, number, connections_.generation(number), 0});
}

void Connections::connect_arrived(Time now, std::uint32_t number, std::uint32_t generation) {
  Connection* connection = connections_.find(number, generation);
  if (connection == nullptr) return;
  const Door& door = engine_.doors[connection->instance];
  if (door.silent) return;
  if (connection->round_trips == 0) connection->closures = door.closures;
  const bool refused = door.refuses || connection->closures != door.closures;
  signal(now, *connection, true, handshake_seed(connection->seed, connection->round_trips, true),
         {EventKind::connect_answered, number, generation, refused ? 1u : 0u});
}

void Connections::connect_answered(Time now, std::uint32_t number, std::uint32_t generation, bool refused) {
  Connection* connection = connections_.find(number, generation);
  if (connection == nullptr) return;
  if (refused) return fail_opening(now, number);
  ++connection->round_trips;
  if (connection->round_trips < side_of(*connection).config.handshake_round_trips) return say_hello(now, number);
  connection->state = Connection::State::open;
  if (open_.size() <= connection->instance) open_.resize(engine_.instances.size());
  connection->open_at = static_cast<std::uint32_t>(open_[connection->instance].size());
  open_[connection->instance].push_back(number);
  engine_.queue.cancel(connection->connect_timer);
  engine_.recorder.connection_opened(engine_.instances[connection->instance].service, connection->counted);
  send_waiting(now, number);
}

void Connections::connect_timed_out(Time now, std::uint32_t number, std::uint32_t generation) {
  Connection* connection = connections_.find(number, generation);
  if (connection == nullptr) return;
  connection->connect_timer = {};
  fail_opening(now, number);
}

void Connections::send_waiting(Time now, std::uint32_t number) {
  Connection& connection = connections_[number];
  if (connection.state != Connection::State::open) return;
  Side& side = side_of(connection);
  const std::uint32_t most = side.config.max_concurrent_streams.value_or(kNone);
  while (!connection.waiting.empty() && connection.streams < most) {
    const Waiting next = connection.waiting.front();
    connection.waiting.pop_front();
    const Request* request = engine_.requests.find(next.slot, next.generation);
    if (request == nullptr) continue;
    ++connection.streams;
    side.uses[request->call.slot][request->attempt].sent = true;
    engine_.note_carried(next.slot, connection.closures);
    requests_.send(now, next.slot);
  }
}

void Connections::answered(Time now, const Request& request, bool broken) {
  const Use use = std::exchange(sides_[request.sidecar]->uses[request.call.slot][request.attempt], {});
  Connection* connection = find(use);
  if (connection == nullptr) return;
  assert(connection->streams > 0);
  --connection->streams;
  if (broken) return lose(now, use.connection);
  keep(now, use.connection);
}

void Connections::keep(Time now, std::uint32_t number) {
  Connection& connection = connections_[number];
  const ConnectionsConfig& config = side_of(connection).config;
  if (config.type == ConnectionType::single) return send_waiting(now, number);
  if (config.type == ConnectionType::short_lived) {
    close(number);
    return;
  }
  Pool& pool = pool_of(connection.sidecar, connection.instance);
  drop_expired(now, pool);
  if (pool.idle.size() >= config.idle_connections_max) {
    close(number);
    return;
  }
  connection.idle_until = saturating_add(now, config.idle_timeout);
  pool.idle.push_back(number);
}

bool Connections::give_up(Time now, std::uint32_t sidecar, CallId call, std::uint8_t attempt) {
  const Use use = std::exchange(sides_[sidecar]->uses[call.slot][attempt], {});
  Connection* connection = find(use);
  if (connection == nullptr) return false;
  if (sides_[sidecar]->config.type != ConnectionType::single) {
    close(use.connection);  // what comes back on it would be taken for the next request's answer
  } else if (use.sent) {
    --connection->streams;
    send_waiting(now, use.connection);
  }
  return !use.sent;
}

void Connections::instance_closed(Time now, std::uint32_t instance) {
  if (engine_.doors[instance].silent || instance >= open_.size()) return;
  for (const std::uint32_t number : open_[instance]) {
    const Connection& connection = connections_[number];
    signal(now, connection, true, draw_seed(connection.seed, Draw::closing),
           {EventKind::closing_arrived, number, connections_.generation(number), 0});
  }
}

void Connections::closing_arrived(Time now, std::uint32_t number, std::uint32_t generation) {
  Connection* connection = connections_.find(number, generation);
  if (connection == nullptr) return;
  std::erase(pool_of(connection->sidecar, connection->instance).idle, number);
  lose(now, number);
}

void Connections::lose(Time now, std::uint32_t number) {
  RingBuffer<Waiting> waiting = close(number);
  std::uint32_t next = kNone;
  for (; !waiting.empty(); waiting.pop_front()) {
    const Waiting& one = waiting.front();
    const Request* request = engine_.requests.find(one.slot, one.generation);
    if (request == nullptr) continue;
    if (next == kNone) next = open(now, *request);
    join(next, one.slot);
  }
}

void Connections::fail_opening(Time now, std::uint32_t number) {
  RingBuffer<Waiting> waiting = close(number);
  for (; !waiting.empty(); waiting.pop_front()) {
    const Waiting& one = waiting.front();
    if (engine_.requests.find(one.slot, one.generation) != nullptr) requests_.fail(now, one.slot);
  }
}

// Returns what has waited for it.
RingBuffer<Connections::Waiting> Connections::close(std::uint32_t number) {
  Connection& connection = connections_[number];
  if (connection.state == Connection::State::open) {
    std::vector<std::uint32_t>& open = open_[connection.instance];
    open[connection.open_at] = open.back();
    connections_[open.back()].open_at = connection.open_at;
    open.pop_back();
  }
  connection.state = Connection::State::closed;
  engine_.queue.cancel(connection.connect_timer);
  Pool& pool = pool_of(connection.sidecar, connection.instance);
  if (pool.shared == number) pool.shared = kNone;
  RingBuffer<Waiting> waiting;
  if (!connection.waiting.empty()) waiting = std::exchange(connection.waiting, {});
  connections_.release(number);
  return waiting;
}

}  // namespace meshtwin
