// A second policy that runs dark beside the one in charge: it sees the same, decides nothing, and is compared.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/call/events.h"
#include "core/config/policy.h"
#include "core/random/stream.h"
#include "core/upstream/endpoint_breakers.h"
#include "core/upstream/policy_parts.h"
#include "core/upstream/shadow_counters.h"
#include "core/upstream/ticket_table.h"
#include "core/upstream/virtual_places.h"

namespace meshtwin {

// It is fed what really happens: its breakers, detector and admission don't hear of calls and attempts that they would
// have kept out, and its balancer sees the requests under way that the one in charge caused. Draws come from a stream
// of its own, so that the picks in charge are the same with and without it. All that it sends is the probes of a
// balancer that can't do without.
//
// Whether calls wait, and for how long, it knows from places of its own: an attempt, or a call that waits for its first
// one, takes a place of limits.connections when there is one, and keeps it to its real end; else it waits, in order, for
// a place that is given back, or for its own end. That is how it would be if the limit had calls wait with the client
// for what they wait for at the service, and each ended when it did: where the limit is so tight that the service would
// run idle, waits would be longer. A call that is let in, and whose wait it would then have ended, takes no place more.
//
// What it doesn't name is as in the policy in charge: each of the limits, all admission controls, the breaker.
class Shadow {
 public:
  static constexpr std::uint32_t kNoTicket = ~0u;

  // `policy` has a shadow.
  Shadow(const PolicyConfig& policy, ShadowParts parts, std::uint64_t seed);

  ShadowCounters counters() const;
  // By endpoint, of the picks that both were asked for.
  const std::vector<PickShare>& shares() const { return shares_; }
  bool reads_reports() const { return parts_.balancer && parts_.balancer->reads_reports(); }
  void update_endpoints(Time now, const MembershipPtr& membership);
  void handle_report(Time now, const EndpointSet& live, EndpointIndex endpoint, const LoadReport& report);
  // As a balancer's; none where there is no balancer.
  std::optional<Duration> probe_lifetime() const;
  void choose_probes(Time now, const EndpointSet& live, std::vector<EndpointIndex>& targets);

  // Whether it would let the call in; `open_calls` without this one.
  bool judges_call(Time now, std::uint32_t open_calls, std::uint8_t urgency, std::optional<std::uint64_t> key);
  // What the one in charge has said. Where that lets it in, a ticket that ends with end_call.
  std::uint32_t begin_call(bool admitted, FailureKind refusal);
  // For its first place.
  void call_waits(Time now, std::uint32_t call);
  void end_call(Time now, AdmissionResult result, FailureKind failure, std::uint32_t call);

  void compare_pick(const PickContext& live, const Pick& pick);
  // The service's breaker in charge let an attempt not through.
  void attempt_refused(Time now);
  // Of a call with a ticket. A ticket, which ends when it is released and finished.
  std::uint32_t start_attempt(Time now, const EndpointSet& live, EndpointIndex endpoint, std::uint32_t call);
  void release_attempt(Time now, const EndpointSet& live, EndpointIndex endpoint, std::uint32_t attempt);
  void finish_attempt(Time now, const EndpointSet& live, const AttemptResult& result, std::uint32_t attempt);
  void retry_granted(std::uint32_t open_retries);

  void archive(StateArchive& archive, const EndpointSet& live);
  // The tickets that calls hold, for a state that was loaded.
  struct HeldAttempt {
    std::uint32_t ticket = kNoTicket;
    std::uint32_t call = kNoTicket;
    EndpointIndex endpoint = 0;
    bool finished = false;  // and not released yet
  };
  struct Held {
    std::vector<std::uint32_t> calls;
    std::vector<HeldAttempt> attempts;
  };
  // Whether they are all that there are, each once, and fit its state.
  bool agrees(const Held& held) const;

 private:
  struct CallTicket {
    bool admitted = false;    // by the shadow
    bool left_out = false;    // later: its wait was ended, or it found no room to wait
    bool was_shed = false;    // the former
    bool came = false;        // for its first place
    bool was_placed = false;
    bool started = false;     // its first attempt
    VirtualPlace place = VirtualPlace::none;  // its first one, until the end of its first attempt
    std::uint64_t turn = 0;                   // while it waits for that
  };
  struct AttemptTicket {
    bool is_first = false;     // of its call, whose place it goes by
    bool released = false;
    bool finished = false;
    bool at_service = false;   // the breakers count it
    bool at_endpoint = false;
    std::uint32_t service_breaker = 0;
    std::uint32_t endpoint_breaker = 0;
    std::uint32_t call = kNoTicket;
    VirtualPlace place = VirtualPlace::none;  // of one that isn't the first
    std::uint64_t turn = 0;                   // while it waits for that
  };
  void catch_up(Time now);
  bool has_part(const CallTicket& call) const { return places_ && call.admitted && !call.left_out; }
  // Unless its wait is to end with nothing.
  void place_call(Time now, std::uint32_t number, Duration waited);
  void place_attempt(Time now, std::uint32_t number);
  template <class Ticket>
  void wait(const VirtualPlaces::Waiting& waiting, Ticket& ticket);
  template <class Ticket>
  void leave(Time now, Ticket& ticket);
  void leave_of_call(Time now, std::uint32_t number);
  void leave_of_attempt(Time now, std::uint32_t number);
  void fill_places(Time now);
  void count_pick(const Pick& pick, std::uint64_t PickShare::*whose);
  void archive_tickets(StateArchive& archive);
  void take_turns(StateArchive& archive);
  bool places_agree() const;

  ShadowConfig config_;  // its limits with those that the policy has and it doesn't name
  ShadowParts parts_;
  RandomStream random_;
  EndpointSet endpoints_;  // with its own ejections
  EndpointBreakers endpoint_breakers_;
  std::optional<VirtualPlaces> places_;  // where something goes by them
  TicketTable<CallTicket> calls_;
  TicketTable<AttemptTicket> attempts_;
  ShadowCounters counters_;  // without those of ejections, which the detector counts
  std::vector<PickShare> shares_;
};

}  // namespace meshtwin
