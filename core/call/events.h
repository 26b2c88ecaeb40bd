// What goes into and comes out of a call: the driver's inputs, the core's outputs, outcomes and their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace meshtwin {

// An endpoint of a service: a small dense number that the driver gives out and keeps for the endpoint's life.
using EndpointIndex = std::uint32_t;

// Names one call of one Calls table; the generation tells it from earlier calls in the same slot.
struct CallId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  friend bool operator==(CallId, CallId) = default;
};

// What the caller brings along.
struct CallStart {
  Time deadline = kNever;  // the caller's own; the policy's timeout applies as well
  // Whether the request may be carried out twice without harm (RFC 9110, section 9.2.2). One that may not is
  // repeated only where no endpoint can have seen it, unless the policy says `retry.methods: "all"`.
  bool idempotent = true;
  // Equal for requests that hashing balancers are to keep together: the hash of what the policy names as the key.
  // None: such a request goes anywhere.
  std::optional<std::uint64_t> key = std::nullopt;
  // How urgent it is, 0 to 7, 0 the most: what is shed first where policies shed by priority (RFC 9218's urgency).
  std::uint8_t urgency = kDefaultUrgency;

  static constexpr std::uint8_t kDefaultUrgency = 3;
  static constexpr std::uint8_t kUrgencies = 8;
};

// Why an attempt or a call failed; `none` is success. tests/core/call pins the names.
enum class FailureKind : std::uint8_t {
  none,
  connect,           // no connection to the endpoint
  reset,             // the connection broke
  timeout,           // the per-try timeout or the call's deadline passed
  error_5xx,         // a response with status 500 to 599
  tls,               // the handshake failed
  protocol,          // the peer broke the protocol
  rejected_breaker,  // an open breaker let nothing through
  rejected_limit,    // a limit was reached and the pending queue was full, or a balancer dropped the call
  unavailable,       // no eligible endpoint
  cancelled,         // by the caller
  throttled,         // by this client's rate limit, or by a response 429 where the policy retries those
  local,             // this machine had no descriptor, port or memory for a connection: no fault of the endpoint
  shed,              // not made, or not waited for any more, since there is more to do than can be done
};
inline constexpr FailureKind kLastFailureKind = FailureKind::shed;
inline constexpr int kFailureKinds = static_cast<int>(kLastFailureKind) + 1;

// As results, metrics and logs write it: "connect", "5xx", "rejected_limit", ...
std::string_view name(FailureKind kind);

// What the driver saw happen to an attempt.
// connected: the request can be sent, on a new connection (its handshake done) or a kept one. From here on
// the endpoint may have seen the request: a failure `connect` or `tls` after it is retried as `reset` is.
// response_head: the final response alone. Interim ones (1xx) are passed on by the driver and are no input,
// except 101, which is final: timeouts end with it, since what follows is a conversation. The attempt counts as a
// success from then on, and as active until its end.
// response_end: also where it comes before the request was sent whole; the driver stops sending then.
struct AttemptInput {
  enum class Kind : std::uint8_t { connected, response_head, response_end, failed };
  Kind kind = Kind::connected;
  bool end_of_stream = false;               // of a response head: nothing follows it
  std::uint16_t status = 0;                 // of a response head
  FailureKind failure = FailureKind::none;  // of a failed attempt: connect, reset, timeout, tls, protocol, local
  // Of a response head: when the endpoint wants the request again; below 0: never (Retry-After, RFC 9110, 10.2.3;
  // server pushback, gRPC's A6).
  std::optional<Duration> retry_after = std::nullopt;

  static AttemptInput connected() { return {}; }
  static AttemptInput response_head(std::uint16_t status, bool end_of_stream,
                                    std::optional<Duration> retry_after = std::nullopt) {
    return {Kind::response_head, end_of_stream, status, FailureKind::none, retry_after};
  }
  static AttemptInput response_end() { return {Kind::response_end, true, 0, FailureKind::none, std::nullopt}; }
  static AttemptInput failed(FailureKind why) { return {Kind::failed, true, 0, why, std::nullopt}; }
};

// How a call ended, once for each call.
struct Outcome {
  FailureKind failure = FailureKind::none;
  std::uint16_t status = 0;   // of the response that the caller gets, in part or whole; 0 when there is none
  std::uint8_t attempts = 0;  // started, hedges included
  bool ok() const { return failure == FailureKind::none; }
};

// Whom a report of an endpoint's load is for: a policy's shadow asks for itself, and neither hears the other's answers.
enum class ReportFor : std::uint8_t {
  both,    // it came with a response
  policy,  // the answer to a probe of the policy in charge
  shadow,  // the answer to one of its shadow
};
inline constexpr ReportFor kLastReportFor = ReportFor::shadow;

// What the driver has to do. `attempt` counts from 0 within the call.
struct Output {
  enum class Kind : std::uint8_t {
    start_attempt,   // send the request to `endpoint`; give up by itself is not its job: `at` is for the peer
    cancel_attempt,  // stop it and forget it; later events of it are ignored
    finish,          // the call is over: `outcome`; its id means nothing from here on
    wake_at,         // call handle_timeout at `at`; takes the place of an earlier wish, a finish ends it
    start_probe,     // of no call: ask `endpoint` for its load (Calls::handle_report); no use after `at`
  };
  Kind kind = Kind::start_attempt;
  std::uint8_t attempt = 0;
  bool failed = false;  // of cancel_attempt: its time was up; else it is just not wanted any more
  ReportFor asks = ReportFor::policy;  // of start_probe: whom the answer is for, never both
  Outcome outcome;
  CallId call;
  EndpointIndex endpoint = 0;
  Time at{};
};

// Filled by the core, drained by the driver after each input; it keeps its memory.
using Outputs = std::vector<Output>;

}  // namespace meshtwin
