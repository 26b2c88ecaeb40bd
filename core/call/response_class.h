// Which responses are failures, and what a failure is to a policy of retries.
#pragma once

#include <cstdint>

#include "core/call/events.h"
#include "core/config/policy.h"

namespace meshtwin {

inline constexpr std::uint16_t kTooManyRequests = 429;

// As breakers, detectors and retries see it: 5xx, and 429 where the policy retries that.
inline FailureKind failure_of(const PolicyConfig& policy, std::uint16_t status) {
  if (status < kTooManyRequests) [[likely]] return FailureKind::none;
  if (status >= 500 && status <= 599) return FailureKind::error_5xx;
  const bool throttled = status == kTooManyRequests && contains(policy.retry.on, RetryOn::status_429);
  return throttled ? FailureKind::throttled : FailureKind::none;
}

// As results count it: who is answered 429 wasn't served, whatever the policy makes of it.
inline Outcome as_caller_counts(Outcome outcome) {
  if (outcome.ok() && outcome.status == kTooManyRequests) outcome.failure = FailureKind::throttled;
  return outcome;
}

// The entry of `retry.on` that a failure falls under.
inline RetryOn as_retry_on(FailureKind kind) {
  switch (kind) {
    case FailureKind::connect:
    case FailureKind::tls:
    case FailureKind::unavailable:
    case FailureKind::local:
      return RetryOn::connect;  // nothing reached an endpoint
    case FailureKind::reset:
    case FailureKind::protocol:
      return RetryOn::reset;
    case FailureKind::error_5xx:
      return RetryOn::error_5xx;
    case FailureKind::timeout:
      return RetryOn::timeout;
    case FailureKind::throttled:
      return RetryOn::status_429;
    default:
      return RetryOn::none;
  }
}

}  // namespace meshtwin
