// One request on the client side: deadline, admission, attempts, hedges, retries, and one finish.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/call/events.h"
#include "core/config/policy.h"
#include "core/time.h"
#include "core/upstream/upstream.h"

namespace meshtwin {

// What a call needs for one step: whose call it is, where its outputs go, and what time it is.
struct CallContext {
  Upstream& upstream;
  Outputs& outputs;
  CallId id;
  Time now;
};

// The machine behind a CallId, in the order that the design gives: deadline, limit of calls, breaker, limit
// of connections, pick, attempt, hedge, classification, feedback, retry decision, finish. Events of attempts
// that are over are ignored, spurious timeouts do nothing, and `finish` is put out exactly once.
class Call {
 public:
  enum class State : std::uint8_t {
    idle,     // not started
    pending,  // waits for a connection or an endpoint; Calls::resume goes on
    active,   // at least one attempt is under way
    backoff,  // waits before a retry
    finished,
  };

  State state() const { return state_; }
  // Begins a new call; the object may have served an earlier one that is over.
  void start(const CallContext& context, const CallStart& start);
  void resume(const CallContext& context);
  void handle(const CallContext& context, std::uint8_t attempt, const AttemptInput& input);
  void handle_timeout(const CallContext& context);
  void cancel(const CallContext& context);
  void forbid_retries(const CallContext& context);
  Time deadline() const { return deadline_; }

  // The state of a call that is open, under the policy `config`.
  void archive(StateArchive& archive, const PolicyConfig& config);
  // What this call holds of its upstream's counters.
  struct Share {
    bool counted = false;
    bool retry = false;
    std::span<const EndpointIndex> endpoints;  // of the attempts so far, by number
    std::uint8_t live = 0;                     // a bit for each of them that is under way
  };
  Share share() const { return {counted_, holds_retry_, tried(), live_}; }
  // And of its shadow's tickets: that of the call, and those of the attempts that are under way.
  std::uint32_t shadow_ticket() const { return shadow_; }
  Shadow::HeldAttempt shadow_attempt(std::uint8_t attempt) const {
    const bool judged = status_ == kSwitchingProtocols && attempt == committed_;
    return {attempts_[attempt].ticket.shadow, shadow_, tried_[attempt], judged};
  }

 private:
  struct Attempt {
    Time deadline = kNever;  // of the attempt alone
    AttemptTicket ticket;
  };

  void reset();
  void next_attempt(const CallContext& context);
  Pick choose(const CallContext& context) const;
  void launch(const CallContext& context, EndpointIndex endpoint);
  void hedge(const CallContext& context);
  void response_head(const CallContext& context, std::uint8_t attempt, const AttemptInput& input);
  void commit(const CallContext& context, std::uint8_t attempt);
  void complete(const CallContext& context, std::uint8_t attempt);
  void attempt_failed(const CallContext& context, std::uint8_t attempt, FailureKind kind);
  // It is not let in.
  void refuse(const CallContext& context, FailureKind refusal);
  void shed(const CallContext& context);
  bool instead_of_failure(const CallContext& context, std::uint8_t attempt, FailureKind kind, bool end);
  // `attempt` failed with `kind`; kNoAttempt where none could be started.
  bool begin_retry(const CallContext& context, std::uint8_t attempt, FailureKind kind);
  RetryVerdict judge_retry(const CallContext& context, std::uint8_t attempt, FailureKind kind);
  RetryOn retry_class(std::uint8_t attempt, FailureKind kind) const;
  void give_back_unused_retry(const CallContext& context) {
    if (retry_granted_ == kNever) return;
    context.upstream.give_back_retry(context.now, retry_granted_);
    retry_granted_ = kNever;
  }
  void go_on_with_retry(const CallContext& context);
  void retire(const CallContext& context, std::uint8_t attempt, Verdict verdict, bool tell_driver);
  void retire_all(const CallContext& context, Verdict verdict);
  void switch_protocols(const CallContext& context, std::uint8_t attempt);
  void finish(const CallContext& context, FailureKind failure);
  // No further attempt can be made: the last attempt's failure stands, or `reason` where there was none.
  void give_up(const CallContext& context, FailureKind reason);
  void arm(const CallContext& context);
  DecisionOf decision(const CallContext& context, bool hedge = false) const {
    return {context.id, started_, hedge};
  }
  // For a connection or an endpoint; `until`: or the balancer, which will have an answer by then.
  void wait(const CallContext& context, Time until = kNever);
  // Whether an endpoint may see the request twice.
  bool may_repeat(const PolicyConfig& config) const {
    return idempotent_ || config.retry.methods == RetryMethods::all;
  }
  bool is_live(std::uint8_t attempt) const { return attempt < started_ && (live_ >> attempt & 1) != 0; }
  std::span<const EndpointIndex> tried() const { return {tried_.data(), started_}; }

  static constexpr std::uint8_t kNoAttempt = 0xff;
  static constexpr std::uint16_t kSwitchingProtocols = 101;

  Time began_{};
  Time waits_since_ = kNever;  // for its first place; kNever: it has had one, or never waited
  Time deadline_ = kNever;
  Time armed_ = kNever;     // the wake-up that the driver knows of
  Time retry_at_ = kNever;  // end of the backoff
  Time hedge_at_ = kNever;
  Time resume_at_ = kNever;      // while pending, where the balancer gave a time
  Time retry_granted_ = kNever;  // when, of a retry that has not started its attempt yet
  State state_ = State::idle;
  std::uint8_t started_ = 0;  // attempts, hedges included
  std::uint8_t tries_ = 0;    // attempts and failed picks that count against retry.max_attempts
  std::uint8_t hedges_ = 0;
  std::uint8_t live_ = 0;                // a bit for each attempt under way
  std::uint8_t hedged_ = 0;              // a bit for each attempt that is a hedge
  std::uint8_t connected_ = 0;           // a bit for each attempt whose request may be with its endpoint
  std::uint8_t committed_ = kNoAttempt;  // its response goes to the caller
  bool holds_retry_ = false;
  bool sealed_ = false;   // the driver has not kept the request: no further attempt
  bool counted_ = false;  // takes a place of limits.requests
  std::uint32_t shadow_ = Shadow::kNoTicket;  // while counted_, where the policy has one
  FailureKind last_failure_ = FailureKind::none;
  std::uint16_t status_ = 0;  // of the committed attempt's response
  bool idempotent_ = true;
  std::optional<Duration> pushback_;  // of the response that is judged
  std::optional<std::uint64_t> key_;
  std::array<EndpointIndex, kMaxAttempts> tried_{};
  std::array<Attempt, kMaxAttempts> attempts_{};
};

}  // namespace meshtwin
