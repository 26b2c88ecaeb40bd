// Whether a call that failed is tried again.
#include "core/call/call.h"
#include "core/call/response_class.h"

namespace meshtwin {

bool Call::begin_retry(const CallContext& context, std::uint8_t attempt, FailureKind kind) {
  const RetryVerdict verdict = judge_retry(context, attempt, kind);
  const DecisionOf of{context.id, attempt == kNoAttempt ? started_ : attempt, false};
  context.upstream.decided_retry(context.now, of, kind, verdict);
  return verdict == RetryVerdict::granted;
}

// What can refuse without a cost is asked before the budget.
RetryVerdict Call::judge_retry(const CallContext& context, std::uint8_t attempt, FailureKind kind) {
  Upstream& upstream = context.upstream;
  const RetryConfig& retry = upstream.config().retry;
  if (tries_ >= retry.max_attempts || started_ >= kMaxAttempts) return RetryVerdict::attempts_used_up;
  if (sealed_) return RetryVerdict::forbidden;
  const RetryOn after = retry_class(attempt, kind);
  if (!contains(retry.on, after)) return RetryVerdict::not_retryable;
  if (!may_repeat(upstream.config()) && after != RetryOn::connect) return RetryVerdict::not_idempotent;
  if (pushback_ && *pushback_ < Duration::zero()) return RetryVerdict::pushback;
  const Time at = saturating_add(context.now, pushback_ ? *pushback_ : upstream.backoff_delay(tries_));
  if (at >= deadline_) return RetryVerdict::deadline;
  if (at <= context.now) {
    if (kind == FailureKind::unavailable) return RetryVerdict::no_endpoint;
    if (!upstream.breaker_admits(context.now)) return RetryVerdict::breaker;
  }
  give_back_unused_retry(context);
  if (holds_retry_) upstream.end_retry();
  const RetryVerdict verdict = upstream.try_begin_retry(context.now);
  holds_retry_ = verdict == RetryVerdict::granted;
  if (!holds_retry_) return verdict;
  retry_granted_ = context.now;
  retry_at_ = at;
  return verdict;
}

// No connection means that nothing reached an endpoint; once there was one, it has been a break.
RetryOn Call::retry_class(std::uint8_t attempt, FailureKind kind) const {
  const RetryOn after = as_retry_on(kind);
  const bool sent = attempt != kNoAttempt && (connected_ >> attempt & 1) != 0;
  return after == RetryOn::connect && sent ? RetryOn::reset : after;
}

}  // namespace meshtwin
