// The interfaces that algorithms implement; policies/catalog lists the implementations.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/call/events.h"
#include "core/call/load_report.h"
#include "core/random/stream.h"
#include "core/time.h"
#include "core/upstream/endpoint_set.h"
#include "core/upstream/pick_trace.h"

namespace meshtwin {

// What a balancer may look at for one pick.
struct PickContext {
  const EndpointSet& endpoints;
  // Endpoints that the call is not to go to again; most often empty, and short.
  std::span<const EndpointIndex> excluded;
  RandomStream& random;
  Time now;
  std::optional<std::uint64_t> key = std::nullopt;  // of the call, see CallStart
  PickTrace* trace = nullptr;        // to be filled where somebody asks why; it must not change the pick

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
  Time until = kNever;  // of queue: when to ask again at the latest, after the time of the pick

  static Pick picked(EndpointIndex endpoint) { return {Kind::picked, endpoint, kNever}; }
  static Pick queue(Time until = kNever) { return {Kind::queue, 0, until}; }
  static Pick fail() { return {Kind::fail, 0, kNever}; }
  static Pick drop() { return {Kind::drop, 0, kNever}; }
};

// How a started attempt ended, as feedback; cancelled ones say nothing about the endpoint.
enum class Verdict : std::uint8_t { success, failure, cancelled };

// What an attempt has shown of its endpoint.
struct AttemptResult {
  EndpointIndex endpoint = 0;
  Verdict verdict = Verdict::success;
  // From its start to the head of its response; where none came, to the moment at which it was given up, which
  // is a lower bound of what it would have taken.
  Duration latency{};
};

class Balancer {
 public:
  virtual ~Balancer() = default;
  // Whether the balancer is told how attempts go; else its on_start,
  // on_release and on_result are never called.
  virtual bool learns() const { return false; }
  // Before the attempt counts as active.
  virtual void on_start(Time, const EndpointSet&, EndpointIndex) {}
  // Once for each attempt that was started, when it has ceased to be active. The endpoint may have left.
  virtual void on_release(const EndpointSet&, EndpointIndex) {}
  // Once for each as well, after that; before it, where the attempt goes on as a tunnel.
  virtual void on_result(Time, const EndpointSet&, const AttemptResult&) {}
  // Whether it has a use for what endpoints say of their load; else on_report is never called.
  virtual bool reads_reports() const { return false; }
  virtual void on_report(Time, const EndpointSet&, EndpointIndex, const LoadReport&) {}
  // For how long the answer to a probe is of use; none, the same for good: it never asks for probes.
  virtual std::optional<Duration> probe_lifetime() const { return std::nullopt; }
  // After the first pick of each call, with at least one eligible endpoint: appends whom to ask for their load.
  virtual void choose_probes(const PickContext&, std::vector<EndpointIndex>&) {}
  // Whether it may pick endpoints that aren't eligible, and is asked even where none is.
  virtual bool panics() const { return false; }
  // Called with at least one eligible endpoint, unless it panics. Never answers an excluded one while another is
  // eligible.
  virtual Pick pick(const PickContext& context) = 0;
  // As pick(), uniformly at random among those that it chooses from: where retries go by trial and error.
  virtual Pick pick_uniformly(const PickContext& context);
  // Of one in the dark (core/upstream/shadow.h), after a pick: the request went by `real`, which isn't the same as its
  // `own`. What it has noted of its requests is to be of those that are made.
  virtual void went_elsewhere(const EndpointSet&, const Pick& own, const Pick& real) { (void)own, (void)real; }
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

// How long to wait for an answer before another attempt is made beside it.
class HedgeDelay {
 public:
  static constexpr Duration kUnknown = Duration::max();  // no hedge for now

  virtual ~HedgeDelay() = default;
  virtual void on_result(Time now, const AttemptResult& result) = 0;
  virtual Duration delay(Time now) = 0;
  virtual void archive(StateArchive& archive) = 0;
};

// What an admission control may look at.
struct AdmissionRequest {
  Time now;
  std::uint32_t open_calls;  // not finished yet, this one not included
  std::uint8_t urgency;      // of CallStart
  std::optional<std::uint64_t> key;
};

// How an admitted call ended.
struct AdmissionResult {
  enum class Kind : std::uint8_t {
    accepted,    // nothing says that the service had too much to do
    overloaded,  // something does
    unknown,     // the call has not shown anything: it never reached the service, or was called off
  };
  Kind kind = Kind::accepted;
  Duration latency{};  // since its start
  std::uint32_t open_calls = 0;  // itself included
};

// Keeps calls from being made, or from waiting on.
class Admission {
 public:
  virtual ~Admission() = default;
  // How calls end that it refuses: throttled or shed.
  virtual FailureKind refusal() const { return FailureKind::shed; }
  // Asked once for each call, after those before it in the policy's order have let it through.
  virtual bool admits(const AdmissionRequest& request, RandomStream& random) = 0;
  // A call gets its first place, for which it has waited so long, or not at all; false: it is to end instead.
  virtual bool keeps(Time now, Duration waited) {
    (void)now, (void)waited;
    return true;
  }
  // Once for each call that all of them have admitted.
  virtual void on_end(Time now, const AdmissionResult& result) { (void)now, (void)result; }
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

// Keeps endpoints out that do worse than others. Its driver calls sweep at next_sweep, or with the first input after.
class OutlierDetector {
 public:
  // What is known of one endpoint, for people.
  struct View {
    bool ejected = false;
    std::string_view why;        // static text; empty where it never was
    Time since = kNever;         // of an ejected one
    Duration at_least{};         // it stays out so long, and until the sweep after
    std::uint32_t multiplier = 0;  // times the base ejection time
  };

  virtual ~OutlierDetector() = default;
  virtual void on_members(Time now, EndpointSet& endpoints) = 0;
  virtual void on_result(Time now, EndpointIndex endpoint, Verdict verdict, EndpointSet& endpoints) = 0;
  // kNever before the first members.
  virtual Time next_sweep() const = 0;
  // All sweeps that are due by now, each for the time at which it was due.
  virtual void sweep(Time now, EndpointSet& endpoints, RandomStream& random) = 0;
  virtual View view(EndpointIndex endpoint) const = 0;
  // Ejections so far, and outliers that stayed because as many endpoints were out as may be, or by chance.
  virtual std::uint64_t ejections() const = 0;
  virtual std::uint64_t spared() const = 0;
  virtual void archive(StateArchive& archive, const EndpointSet& endpoints) = 0;
};

}  // namespace meshtwin
