#include "core/call/call.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "core/call/response_class.h"

namespace meshtwin {
namespace {

// In place, so that nothing is copied. The reference holds until the next output.
Output& put_out(const CallContext& context, Output::Kind kind) {
  Output& output = context.outputs.emplace_back();
  output.kind = kind;
  output.call = context.id;
  return output;
}

}  // namespace

// Private functions on the path of each request are inline where they are defined: this file alone calls
// them.

void Call::start(const CallContext& context, const CallStart& start) {
  reset();
  ++context.upstream.counters().calls;
  const PolicyConfig& config = context.upstream.config();
  deadline_ = config.timeout ? std::min(start.deadline, saturating_add(context.now, *config.timeout))
                             : start.deadline;
  idempotent_ = start.idempotent;
  key_ = start.key;
  began_ = context.now;
  if (deadline_ <= context.now) return finish(context, FailureKind::timeout);
  const Admittance admittance = context.upstream.begin_call(context.now, start);
  shadow_ = admittance.shadow;
  if (admittance.refusal != FailureKind::none) [[unlikely]] return refuse(context, admittance.refusal);
  counted_ = true;
  next_attempt(context);
}

void Call::refuse(const CallContext& context, FailureKind refusal) {
  const Decision::Kind kind = refusal == FailureKind::rejected_limit ? Decision::Kind::rejected_limit
                              : refusal == FailureKind::throttled    ? Decision::Kind::throttled
                                                                     : Decision::Kind::shed;
  context.upstream.decided(context.now, decision(context), kind);
  finish(context, refusal);
}

// The tables of attempts stay as they are: entries are written before they are read, and there are many
// calls.
inline void Call::reset() {
  assert(state_ == State::idle || state_ == State::finished);
  deadline_ = armed_ = retry_at_ = hedge_at_ = resume_at_ = retry_granted_ = waits_since_ = kNever;
  state_ = State::idle;
  started_ = tries_ = hedges_ = live_ = hedged_ = connected_ = 0;
  committed_ = kNoAttempt;
  holds_retry_ = counted_ = sealed_ = false;
  last_failure_ = FailureKind::none;
  status_ = 0;
  pushback_.reset();
}

inline void Call::next_attempt(const CallContext& context) {
  Upstream& upstream = context.upstream;
  if (!upstream.breaker_admits(context.now)) {
    if (upstream.shadow() != nullptr) upstream.shadow()->attempt_refused(context.now);
    upstream.decided(context.now, decision(context), Decision::Kind::rejected_breaker);
    return give_up(context, FailureKind::rejected_breaker);
  }
  if (!upstream.has_connection()) return wait(context);
  const Pick pick = choose(context);
  switch (pick.kind) {
    case Pick::Kind::picked:
      if (started_ == 0 && !upstream.keeps(context.now, waits_since_)) [[unlikely]] return shed(context);
      ++tries_;
      return launch(context, pick.endpoint);
    case Pick::Kind::queue:
      return wait(context, pick.until);
    case Pick::Kind::drop:
      ++upstream.counters().dropped;
      return give_up(context, FailureKind::rejected_limit);
    case Pick::Kind::fail:
      break;
  }
  ++tries_;
  ++upstream.counters().unavailable;
  if (!begin_retry(context, kNoAttempt, FailureKind::unavailable)) {
    return give_up(context, FailureKind::unavailable);
  }
  last_failure_ = FailureKind::unavailable;
  go_on_with_retry(context);
}

// It is no endpoint's fault, and no failure that is retried.
void Call::shed(const CallContext& context) {
  context.upstream.decided(context.now, decision(context), Decision::Kind::shed);
  finish(context, FailureKind::shed);
}

void Call::wait(const CallContext& context, Time until) {
  const bool admitted = context.upstream.try_begin_pending();
  context.upstream.decided(context.now, decision(context),
                           admitted ? Decision::Kind::pending : Decision::Kind::pending_overflow);
  if (!admitted) return give_up(context, FailureKind::rejected_limit);
  state_ = State::pending;
  if (started_ == 0 && waits_since_ == kNever) {
    waits_since_ = context.now;
    if (Shadow* shadow = context.upstream.shadow()) shadow->call_waits(context.now, shadow_);
  }
  resume_at_ = until;
  arm(context);
}

inline Pick Call::choose(const CallContext& context) const {
  Upstream& upstream = context.upstream;
  if (started_ == 0) return upstream.pick(context.now, {}, key_, decision(context));
  switch (upstream.config().retry.host) {
    case RetryHost::any:
      break;
    case RetryHost::other:
      return upstream.pick(context.now, tried(), key_, decision(context));
    case RetryHost::random_other:
      return upstream.pick_random(context.now, tried(), key_, decision(context));
    case RetryHost::same:
      return upstream.pick_same(context.now, tried_[started_ - 1u], key_, decision(context));
  }
  return upstream.pick(context.now, {}, key_, decision(context));
}

inline void Call::launch(const CallContext& context, EndpointIndex endpoint) {
  assert(started_ < kMaxAttempts);
  const PolicyConfig& config = context.upstream.config();
  const std::uint8_t number = started_++;
  tried_[number] = endpoint;
  waits_since_ = kNever;
  attempts_[number].ticket = context.upstream.start_attempt(context.now, endpoint, shadow_);
  attempts_[number].deadline =
      config.retry.per_try_timeout ? saturating_add(context.now, *config.retry.per_try_timeout) : kNever;
  live_ = static_cast<std::uint8_t>(live_ | 1u << number);
  state_ = State::active;
  retry_at_ = retry_granted_ = kNever;
  hedge_at_ = config.hedge && hedges_ < config.hedge->max && !sealed_ && may_repeat(config)
                  ? saturating_add(context.now, context.upstream.hedge_delay(context.now))
                  : kNever;
  Output& output = put_out(context, Output::Kind::start_attempt);
  output.attempt = number;
  output.endpoint = endpoint;
  output.at = std::min(deadline_, attempts_[number].deadline);
  arm(context);
}

void Call::hedge(const CallContext& context) {
  hedge_at_ = kNever;
  ++hedges_;
  Upstream& upstream = context.upstream;
  // A hedge is a luxury: where the breaker or a limit is in the way, the attempt under way must do.
  if (!upstream.breaker_admits(context.now) || !upstream.has_connection()) {
    return upstream.decided(context.now, decision(context, true), Decision::Kind::hedge_skipped);
  }
  if (!upstream.try_begin_hedge(context.now)) {
    return upstream.decided(context.now, decision(context, true), Decision::Kind::hedge_refused);
  }
  const Pick pick = upstream.pick(context.now, tried(), key_, decision(context, true));
  if (pick.kind != Pick::Kind::picked) {
    upstream.give_back_hedge(context.now);
    return upstream.decided(context.now, decision(context, true), Decision::Kind::hedge_skipped);
  }
  hedged_ = static_cast<std::uint8_t>(hedged_ | 1u << started_);
  ++upstream.counters().hedges;
  launch(context, pick.endpoint);
}

void Call::resume(const CallContext& context) {
  assert(state_ == State::pending);
  // The deadline may have come at this instant, with its timeout still to be handled.
  if (deadline_ <= context.now) return finish(context, FailureKind::timeout);
  context.upstream.end_pending();
  resume_at_ = kNever;
  state_ = State::backoff;  // between attempts
  next_attempt(context);
}

void Call::handle(const CallContext& context, std::uint8_t attempt, const AttemptInput& input) {
  if (!is_live(attempt)) return;
  switch (input.kind) {
    case AttemptInput::Kind::connected:
      connected_ = static_cast<std::uint8_t>(connected_ | 1u << attempt);
      return;
    case AttemptInput::Kind::response_head:
      return response_head(context, attempt, input);
    case AttemptInput::Kind::response_end:
      if (committed_ == attempt) complete(context, attempt);
      return;
    case AttemptInput::Kind::failed:
      retire(context, attempt, input.failure == FailureKind::local ? Verdict::cancelled : Verdict::failure, false);
      return attempt_failed(context, attempt, input.failure);
  }
}

inline void Call::response_head(const CallContext& context, std::uint8_t attempt, const AttemptInput& input) {
  if (committed_ != kNoAttempt) return;
  const std::uint16_t status = input.status;
  const bool end = input.end_of_stream;
  assert(status == kSwitchingProtocols || status >= 200);
  attempts_[attempt].ticket.answered = context.now;
  const FailureKind failure = failure_of(context.upstream.config(), status);
  if (failure != FailureKind::none) {
    pushback_ = input.retry_after;
    const bool goes_on = instead_of_failure(context, attempt, failure, end);
    pushback_.reset();
    if (goes_on) return;
  }
  status_ = status;
  commit(context, attempt);
  if (status == kSwitchingProtocols) switch_protocols(context, attempt);
  if (end) complete(context, attempt);
}

// The attempt has succeeded, and may go on for hours: breakers and the limit of retries don't wait for its end.
void Call::switch_protocols(const CallContext& context, std::uint8_t attempt) {
  deadline_ = attempts_[attempt].deadline = kNever;
  context.upstream.judge_attempt(context.now, attempts_[attempt].ticket, Verdict::success);
  if (!std::exchange(holds_retry_, false)) return;
  give_back_unused_retry(context);
  context.upstream.end_retry();
}

// Whether the call waits for another attempt, under way or to come, and drops this answer.
bool Call::instead_of_failure(const CallContext& context, std::uint8_t attempt, FailureKind kind, bool end) {
  const bool others_live = (live_ & ~(1u << attempt)) != 0;
  const bool waits = others_live ? contains(context.upstream.config().retry.on, as_retry_on(kind))
                                 : begin_retry(context, attempt, kind);
  if (!waits) return false;
  last_failure_ = kind;
  retire(context, attempt, Verdict::failure, !end);
  if (!others_live) go_on_with_retry(context);
  return true;
}

inline void Call::complete(const CallContext& context, std::uint8_t attempt) {
  const FailureKind failure = failure_of(context.upstream.config(), status_);
  retire(context, attempt, failure != FailureKind::none ? Verdict::failure : Verdict::success, false);
  finish(context, failure);
}

inline void Call::commit(const CallContext& context, std::uint8_t attempt) {
  committed_ = attempt;
  hedge_at_ = kNever;
  if (started_ == 1) return;
  if ((hedged_ >> attempt & 1) != 0) ++context.upstream.counters().hedge_wins;
  for (std::uint8_t other = 0; other < started_; ++other) {
    if (other != attempt && is_live(other)) retire(context, other, Verdict::cancelled, true);
  }
}

void Call::attempt_failed(const CallContext& context, std::uint8_t attempt, FailureKind kind) {
  last_failure_ = kind;
  if (committed_ == attempt) return finish(context, kind);  // part of the response is with the caller
  if (live_ != 0) return;
  if (!begin_retry(context, attempt, kind)) return finish(context, kind);
  go_on_with_retry(context);
}

void Call::go_on_with_retry(const CallContext& context) {
  hedge_at_ = kNever;
  if (retry_at_ <= context.now) {
    retry_at_ = kNever;
    return next_attempt(context);
  }
  state_ = State::backoff;
  arm(context);
}

void Call::handle_timeout(const CallContext& context) {
  if (state_ == State::finished || context.now < armed_) return;
  armed_ = kNever;
  if (deadline_ <= context.now) {
    retire_all(context, Verdict::failure);
    return finish(context, FailureKind::timeout);
  }
  for (std::uint8_t n = 0; n < started_ && state_ != State::finished; ++n) {
    if (!is_live(n) || attempts_[n].deadline > context.now) continue;
    retire(context, n, Verdict::failure, true);
    attempt_failed(context, n, FailureKind::timeout);
  }
  if (state_ == State::active && hedge_at_ <= context.now) hedge(context);
  if (state_ == State::backoff && retry_at_ <= context.now) {
    retry_at_ = kNever;
    next_attempt(context);
  } else if (state_ == State::pending && resume_at_ <= context.now) {
    resume(context);
  }
  arm(context);
}

void Call::cancel(const CallContext& context) {
  if (state_ == State::finished) return;
  finish(context, FailureKind::cancelled);
}

void Call::forbid_retries(const CallContext& context) {
  if (state_ == State::finished) return;
  sealed_ = true;
  hedge_at_ = kNever;
  const bool waits = state_ == State::backoff || state_ == State::pending;
  if (waits && tries_ > 0) give_up(context, last_failure_);
}

inline void Call::retire(const CallContext& context, std::uint8_t attempt, Verdict verdict,
                         bool tell_driver) {
  assert(is_live(attempt));
  live_ = static_cast<std::uint8_t>(live_ & ~(1u << attempt));
  if (status_ == kSwitchingProtocols && attempt == committed_) [[unlikely]] {
    context.upstream.release_attempt(context.now, attempts_[attempt].ticket);
  } else {
    context.upstream.finish_attempt(context.now, attempts_[attempt].ticket, verdict);
  }
  if (!tell_driver) return;
  Output& output = put_out(context, Output::Kind::cancel_attempt);
  output.attempt = attempt;
  output.failed = verdict == Verdict::failure;
  output.endpoint = tried_[attempt];
}

void Call::retire_all(const CallContext& context, Verdict verdict) {
  for (std::uint8_t n = 0; n < started_; ++n) {
    if (is_live(n)) retire(context, n, verdict, true);
  }
}

inline void Call::finish(const CallContext& context, FailureKind failure) {
  assert(state_ != State::finished);
  if (live_ != 0) retire_all(context, Verdict::cancelled);
  if (state_ == State::pending) context.upstream.end_pending();
  if (holds_retry_) {
    give_back_unused_retry(context);
    context.upstream.end_retry();
  }
  if (counted_) context.upstream.end_call(context.now, began_, failure, status_, shadow_);
  state_ = State::finished;
  put_out(context, Output::Kind::finish).outcome = Outcome{failure, status_, started_};
}

void Call::give_up(const CallContext& context, FailureKind reason) {
  assert(live_ == 0);
  finish(context, last_failure_ == FailureKind::none ? reason : last_failure_);
}

inline void Call::arm(const CallContext& context) {
  if (state_ == State::finished) return;
  Time next = std::min(std::min(deadline_, resume_at_), std::min(hedge_at_, retry_at_));
  for (std::uint32_t live = live_; live != 0; live &= live - 1) {
    next = std::min(next, attempts_[static_cast<std::size_t>(std::countr_zero(live))].deadline);
  }
  if (next >= armed_) return;
  armed_ = next;
  put_out(context, Output::Kind::wake_at).at = next;
}

}  // namespace meshtwin
