// One client of one service in the simulation: its policy core, and what the simulation notes about its
// calls.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/cache_line.h"
#include "core/call/calls.h"
#include "core/config/policy.h"
#include "core/time.h"
#include "core/upstream/upstream.h"
#include "sim/engine/event_queue.h"
#include "sim/network/network.h"

namespace meshtwin {

// Who made a call and hears of its end.
struct CallOrigin {
  enum class Kind : std::uint8_t {
    open_loop,  // nobody waits: `a` is the client, `b` the number of the call
    user,       // of a closed-loop client: `a` is the client, `b` the user
    request,    // a request that a server is working on: `a` is its slot, `b` its generation
  };
  Kind kind = Kind::open_loop;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
};

struct alignas(kCacheLine) CallRecord {
  Time due{};
  std::uint64_t seed = 0;
  CallOrigin origin;
  std::optional<std::uint64_t> key;
  std::uint8_t urgency = CallStart::kDefaultUrgency;
  EventQueue::TimerId timer;
  std::array<std::uint32_t, kMaxAttempts> requests;  // the request of each attempt; it may be over since
};

struct Sidecar {
  NodeId node = 0;
  std::uint32_t service = 0;  // the one that it calls
  bool opens_connections = false;
  bool reads_keys = false;    // of requests, for its balancer or its shadow's: others' policies don't see them
  std::unique_ptr<Upstream> upstream;
  std::unique_ptr<Calls> calls;
  std::vector<CallRecord> records;   // by the call's slot
  std::uint32_t membership = 0;      // the version that it knows
  std::uint64_t discovery_seed = 0;  // of how long it takes to learn of each version
  std::uint64_t probes_seed = 0;     // of the delays of its probes
  std::uint64_t probes = 0;          // sent
  std::uint64_t shadow_probes = 0;   // sent for the policy's shadow: the delays of the others are the same without
  Time latest_coming{};              // when the last call on its way will be there
};

}  // namespace meshtwin
