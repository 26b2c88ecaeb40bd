#include "core/upstream/decision_log.h"

namespace meshtwin {

std::string_view name(RetryVerdict verdict) {
  switch (verdict) {
    case RetryVerdict::granted:
      return "granted";
    case RetryVerdict::attempts_used_up:
      return "attempts_used_up";
    case RetryVerdict::forbidden:
      return "forbidden";
    case RetryVerdict::not_retryable:
      return "not_retryable";
    case RetryVerdict::not_idempotent:
      return "not_idempotent";
    case RetryVerdict::deadline:
      return "deadline";
    case RetryVerdict::breaker:
      return "breaker";
    case RetryVerdict::no_endpoint:
      return "no_endpoint";
    case RetryVerdict::limit:
      return "limit";
    case RetryVerdict::budget:
      return "budget";
    case RetryVerdict::pushback:
      return "pushback";
  }
  return "unknown";
}

std::string_view name(Decision::Kind kind) {
  switch (kind) {
    case Decision::Kind::pick:
      return "pick";
    case Decision::Kind::rejected_limit:
      return "rejected_limit";
    case Decision::Kind::rejected_breaker:
      return "rejected_breaker";
    case Decision::Kind::pending:
      return "pending";
    case Decision::Kind::pending_overflow:
      return "pending_overflow";
    case Decision::Kind::retry:
      return "retry";
    case Decision::Kind::hedge_skipped:
      return "hedge_skipped";
    case Decision::Kind::hedge_refused:
      return "hedge_refused";
    case Decision::Kind::throttled:
      return "throttled";
    case Decision::Kind::shed:
      return "shed";
  }
  return "unknown";
}

}  // namespace meshtwin
