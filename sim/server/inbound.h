// The policy core in front of one instance: what its own sidecar does with the requests that come in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/call/calls.h"
#include "core/config/scenario.h"
#include "core/upstream/upstream.h"
#include "policies/catalog.h"
#include "sim/engine/event_queue.h"
#include "sim/engine/request.h"

namespace meshtwin {

// Plain data of the server side: an upstream with one endpoint, the instance, and which request each call is for.
struct Inbound {
  static constexpr std::uint32_t kNone = ~0u;

  Inbound(const PolicyConfig& config, std::uint64_t core_seed, const std::string& instance)
      : policy(&config), reads_keys(hash_key(config) != nullptr), seed(core_seed), name(instance) {
    begin(Time{});
  }
  // With nothing under way, as after a crash.
  void begin(Time now) {
    upstream = make_upstream(*policy, seed);
    auto names = std::make_shared<EndpointNames>();
    names->add(0, name);
    upstream->name_endpoints(std::move(names));
    calls = std::make_unique<Calls>(*upstream);
    calls->update_endpoints(now, std::make_shared<const Membership>(std::vector<Member>{{0, 1}}));
    calls->outputs().clear();
  }

  const PolicyConfig* policy;
  bool reads_keys;  // of requests, for its balancer or its shadow's
  std::uint64_t seed;
  std::string name;
  std::unique_ptr<Upstream> upstream;
  std::unique_ptr<Calls> calls;
  std::vector<std::uint32_t> requests;       // by the call's slot; kNone where none is open
  std::vector<EventQueue::TimerId> timers;   // likewise
  std::vector<std::pair<std::uint32_t, Answer>> answers;  // of requests, which the core is still to be told of
  bool draining = false;
  Time latest_passed{};  // when the last request that was let through is at the instance, with overheads
};

// What the server side notes of a request that an inbound core has taken.
struct InboundCall {
  CallId call;
  bool open = false;
  bool coming = false;  // on its way to the instance
  bool at_instance = false;
  bool pushed_back = false;  // the instance has, for which see Engine::pushbacks
};

}  // namespace meshtwin
