// The interfaces that algorithms implement; policies/catalog lists the implementations.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>

#include "core/call/events.h"
#include "core/random/stream.h"
#include "core/time.h"
#include "core/upstream/endpoint_set.h"
#include "core/upstream/pick_trace.h"

namespace meshtwin {

// What a balancer may look at for one pick.
struct PickContext {
  const EndpointSet& endpoints;
  // Endpoints that the call is not to go to again; most often empty, never longer than kMaxAttempts.
  std::span<const EndpointIndex> excluded;
  RandomStream& random;
  Time now;
  PickTrace* trace = nullptr;  // to be filled where somebody asks why; it must not change the pick

  bool excludes(EndpointIndex endpoint) const {
    return std::find(excluded.begin(), excluded.end(), endpoint) != excluded.end();
  }
};

// The answer to "where to?".
struct Pick {
  enum class Kind : std::uint8_t {
    picked,  // start an attempt on `endpoint`
    queue,   // nothing now, perhaps soon: the call waits as pending until endpoints or deadlines change that
    fail,    // nothing suitable: the call ends as `unavailable`, after a retry where "connect" is retried
    drop,    // deliberately shed: the call ends and is never retried
  };
  Kind kind = Kind::picked;
  EndpointIndex endpoint = 0;

  static Pick picked(EndpointIndex endpoint) { return {Kind::picked, endpoint}; }
  static Pick queue() { return {Kind::queue, 0}; }
  static Pick fail() { return {Kind::fail, 0}; }
  static Pick drop() { return {Kind::drop, 0}; }
};

// How a started attempt ended, as feedback; cancelled ones say nothing about the endpoint.
enum class Verdict : std::uint8_t { success, failure, cancelled };

class Balancer {
 public:
  virtual ~Balancer() = default;
  // Called with at least one eligible endpoint. Never answers an excluded one while another is eligible.
  virtual Pick pick(const PickContext& context) = 0;
  // How the balancer sees a member now, for people: no part of a decision, and it changes nothing.
  virtual double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const = 0;
  virtual ScoreMeaning score_meaning(const EndpointSet& endpoints) const = 0;
  // Everything but the configuration (core/state_archive.h). `endpoints` are those of the picks to come, in
  // their state of this moment: what is loaded must fit them.
  virtual void archive(StateArchive& archive, const EndpointSet& endpoints) = 0;
};

// The wait before retry `number` (1 for the first one).
class Backoff {
 public:
  virtual ~Backoff() = default;
  virtual Duration delay(std::uint32_t number, RandomStream& random) const = 0;
};

// How many retries the client may make in all, so that retries can't multiply an overload.
class RetryBudget {
 public:
  virtual ~RetryBudget() = default;
  virtual void on_request(Time now) = 0;  // a call began
  virtual void on_success(Time now) = 0;  // a call ended well
  virtual bool try_spend(Time now) = 0;   // a retry is wanted: true takes it out of the budget
  // A retry that was let through at `spent` was never sent: it puts no load on anybody and costs nothing.
  virtual void give_back(Time now, Time spent) = 0;
  virtual void archive(StateArchive& archive) = 0;
};

// Stops traffic to a service or to one endpoint while it fails.
// closed lets everything through, open rejects, half_open lets some probes through.
class Breaker {
 public:
  enum class State : std::uint8_t { closed, open, half_open };

  virtual ~Breaker() = default;
  virtual State state(Time now) const = 0;
  virtual bool admits(Time now) = 0;
  // When an open breaker lets probes through; kNever while it is not open.
  virtual Time opens_until() const = 0;
  // Pairs with one on_finish, which brings the ticket back: it tells a probe from what was sent before.
  virtual std::uint32_t on_start(Time now) = 0;
  virtual void on_finish(Time now, std::uint32_t ticket, Verdict verdict) = 0;
  virtual void archive(StateArchive& archive) = 0;
};

}  // namespace meshtwin
