// The connections of those sidecars whose scenario gives them some: opened, shared or kept, closed, lost.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/call/events.h"
#include "core/config/connections.h"
#include "core/ring_buffer.h"
#include "core/time.h"
#include "sim/engine/engine.h"
#include "sim/engine/slab.h"

namespace meshtwin {

// Each handshake is messages over the network, so it takes that one's latencies and meets the instance as it is then:
// one that refuses answers so, and a blackhole doesn't answer. An instance that crashes or goes has closed all
// connections to it; its sidecars know when the network has told them, and what they send until then is reset.
class Connections {
 public:
  // What becomes of requests that have waited.
  struct Requests {
    std::function<void(Time now, std::uint32_t request)> send;  // over an open connection; may not call back
    std::function<void(Time now, std::uint32_t request)> fail;  // there is no connection for it
  };

  Connections(Engine& engine, Requests requests) : engine_(engine), requests_(std::move(requests)) {}

  // For the sidecars that are named here, and no others, come the calls below.
  void add_sidecar(std::uint32_t sidecar, const ConnectionsConfig& config);

  // Sends the request as soon as there is a connection for it.
  void carry(Time now, std::uint32_t request);
  // The answer to a request that was sent has come; `broken`: its connection is, too.
  void answered(Time now, const Request& request, bool broken);
  // The attempt was called off. True where its request was never sent: it is the caller's again.
  bool give_up(Time now, std::uint32_t sidecar, CallId call, std::uint8_t attempt);

  void connect_arrived(Time now, std::uint32_t connection, std::uint32_t generation);
  void connect_answered(Time now, std::uint32_t connection, std::uint32_t generation, bool refused);
  void connect_timed_out(Time now, std::uint32_t connection, std::uint32_t generation);
  // The instance has closed all connections to it.
  void instance_closed(Time now, std::uint32_t instance);
  void closing_arrived(Time now, std::uint32_t connection, std::uint32_t generation);

 private:
  static constexpr std::uint32_t kNone = ~0u;

  // A request by slot and generation: it may be given up while it waits.
  struct Waiting {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
  };

  struct Connection {
    enum class State : std::uint8_t { closed, opening, open };
    State state = State::closed;
    bool counted = false;  // the request that it was opened for is
    std::uint32_t sidecar = 0;
    std::uint32_t instance = 0;
    std::uint32_t round_trips = 0;  // of the handshake, done
    std::uint32_t open_at = 0;      // while it is open: its place among those of its instance
    std::uint32_t closures = 0;     // of its instance's door, when it was opened there
    std::uint32_t streams = 0;      // requests sent over it whose answers are waited for
    std::uint64_t seed = 0;         // of its handshake's delays
    Time idle_until{};
    EventQueue::TimerId connect_timer;
    RingBuffer<Waiting> waiting;
  };

  // A sidecar's to one instance.
  struct Pool {
    std::vector<std::uint32_t> idle;  // pooled: the one used last at the end
    std::uint32_t shared = kNone;     // single
  };

  // Which connection an attempt has.
  struct Use {
    std::uint32_t connection = kNone;
    std::uint32_t generation = 0;
    bool sent = false;
  };

  struct Side {
    ConnectionsConfig config;
    std::vector<Pool> pools;                           // by endpoint
    std::vector<std::array<Use, kMaxAttempts>> uses;  // by the call's slot
  };

  Connection* find(const Use& use) {
    return use.connection == kNone ? nullptr : connections_.find(use.connection, use.generation);
  }
  Side& side_of(const Connection& connection) { return *sides_[connection.sidecar]; }
  Pool& pool_of(std::uint32_t sidecar, std::uint32_t instance);
  // One that is there for the next request; kNone where one has to be opened.
  std::uint32_t take(Time now, const Side& side, Pool& pool);
  std::uint32_t open(Time now, const Request& first);
  void join(std::uint32_t number, std::uint32_t request);
  void drop_expired(Time now, Pool& pool);
  void say_hello(Time now, std::uint32_t number);
  void signal(Time now, const Connection& connection, bool back, std::uint64_t seed, const Event& event);
  void send_waiting(Time now, std::uint32_t number);
  void keep(Time now, std::uint32_t number);
  // It is of no use any more; what waits for its turn on it goes over another one.
  void lose(Time now, std::uint32_t number);
  void fail_opening(Time now, std::uint32_t number);
  RingBuffer<Waiting> close(std::uint32_t number);

  Engine& engine_;
  Requests requests_;
  std::vector<std::unique_ptr<Side>> sides_;  // by sidecar; null: it has none
  Slab<Connection> connections_;
  std::vector<std::vector<std::uint32_t>> open_;  // by instance
};

}  // namespace meshtwin
