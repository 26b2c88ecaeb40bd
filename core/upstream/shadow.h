// A second policy that runs dark beside the one in charge: it sees the same, decides nothing, and is compared.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/config/policy.h"
#include "core/random/stream.h"
#include "core/upstream/endpoint_breakers.h"
#include "core/upstream/policy_parts.h"
#include "core/upstream/shadow_counters.h"

namespace meshtwin {

// It is fed what really happens: its breakers, detector and admission don't hear of calls and attempts that they would
// have kept out, and its balancer sees the requests under way that the one in charge caused. Draws come from a stream
// of its own, so that the picks in charge are the same with and without it. Its state is no part of a checkpoint: a
// loaded upstream's shadow begins anew.
class Shadow {
 public:
  static constexpr std::uint32_t kNoTicket = ~0u;

  Shadow(const ShadowConfig& config, ShadowParts parts, std::uint64_t seed);

  const ShadowCounters& counters() const;
  bool reads_reports() const { return parts_.balancer && parts_.balancer->reads_reports(); }
  void update_endpoints(Time now, const MembershipPtr& membership);
  void handle_report(Time now, const EndpointSet& live, EndpointIndex endpoint, const LoadReport& report);

  // Whether it would let the call in; `open_calls` without this one.
  bool judges_call(Time now, std::uint32_t open_calls, std::uint8_t urgency, std::optional<std::uint64_t> key);
  void compare_call(bool admitted, bool live_admitted);
  void end_call(Time now, const AdmissionResult& result);

  void compare_pick(const PickContext& live, const Pick& pick);
  // The service's breaker in charge let an attempt not through.
  void attempt_refused(Time now);
  // A ticket, to be given back with the result.
  std::uint32_t start_attempt(Time now, const EndpointSet& live, EndpointIndex endpoint, std::uint32_t active_attempts);
  void release_attempt(const EndpointSet& live, EndpointIndex endpoint);
  void finish_attempt(Time now, const EndpointSet& live, const AttemptResult& result, std::uint32_t ticket);
  void retry_granted(std::uint32_t open_retries);

 private:
  struct Ticket {
    bool at_service = false;   // the breakers count it
    bool at_endpoint = false;
    std::uint32_t service_breaker = 0;
    std::uint32_t endpoint_breaker = 0;
  };
  void catch_up(Time now);

  ShadowConfig config_;
  ShadowParts parts_;
  RandomStream random_;
  EndpointSet endpoints_;  // with its own ejections
  EndpointBreakers endpoint_breakers_;
  std::vector<Ticket> tickets_;
  std::vector<std::uint32_t> free_;
  mutable ShadowCounters counters_;
};

}  // namespace meshtwin
