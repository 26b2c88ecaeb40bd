// The last decisions of an upstream, for those who ask why.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/call/events.h"
#include "core/config/policy.h"
#include "core/time.h"
#include "core/upstream/pick_trace.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// The answer to "may this call try again?", and if not, the first thing that is in the way.
enum class RetryVerdict : std::uint8_t {
  granted,
  attempts_used_up,
  forbidden,       // the driver has not kept the request
  not_retryable,   // the policy's `retry.on` doesn't have this failure
  not_idempotent,  // an endpoint may have seen the request
  deadline,        // it would pass during the backoff
  breaker,
  no_endpoint,  // none is eligible, and without backoff none can have come
  limit,        // limits.retries
  budget,
  pushback,  // the endpoint doesn't want it again
};

// "granted", "attempts_used_up", ... as the enumerators are called.
std::string_view name(RetryVerdict verdict);

// What a decision was about.
struct DecisionOf {
  CallId call;
  std::uint8_t attempt = 0;  // that is to start, or that failed where a retry is judged
  bool hedge = false;
};

struct Decision {
  enum class Kind : std::uint8_t {
    pick,              // where to: `pick`, `excluded`, `trace`
    rejected_limit,    // limits.requests was reached
    rejected_breaker,  // the service's breaker let nothing through
    pending,           // the attempt waits for a connection or for endpoints
    pending_overflow,  // it would have, but limits.pending was reached
    retry,             // whether to try again after `failure`: `verdict`
    hedge_skipped,     // the breaker or limits.connections was in the way
    hedge_refused,     // by the hedges' budget
    throttled,         // the rate limit let the call not through
    shed,              // throttling, a concurrency limit or shedding did not, or it waited for too long
  };
  Kind kind = Kind::pick;
  Pick::Kind pick = Pick::Kind::picked;
  RetryVerdict verdict = RetryVerdict::granted;
  FailureKind failure = FailureKind::none;
  DecisionOf of;
  Time at{};
  std::array<EndpointIndex, kMaxAttempts> excluded_endpoints{};
  std::uint8_t excluded_count = 0;
  PickTrace trace;

  std::span<const EndpointIndex> excluded() const { return {excluded_endpoints.data(), excluded_count}; }
};

// "pick", "rejected_limit", ... as the enumerators are called.
std::string_view name(Decision::Kind kind);

// A ring of fixed size, about 400 bytes an entry; nothing is allocated once it is made.
class DecisionLog {
 public:
  explicit DecisionLog(std::size_t capacity) : entries_(capacity) { assert(capacity > 0); }

  // The entry that takes the place of the oldest one.
  Decision& add(Time now, const DecisionOf& of, Decision::Kind kind) {
    Decision& entry = entries_[total_++ % entries_.size()];
    entry.kind = kind;
    entry.pick = Pick::Kind::picked;
    entry.verdict = RetryVerdict::granted;
    entry.failure = FailureKind::none;
    entry.of = of;
    entry.at = now;
    entry.excluded_count = 0;
    entry.trace.begin({}, {});
    return entry;
  }

  void clear() { total_ = 0; }

  // Since it was made or cleared.
  std::uint64_t total() const { return total_; }
  std::size_t capacity() const { return entries_.size(); }
  std::size_t size() const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(total_, entries_.size()));
  }
  // 0 is the oldest one that is kept.
  const Decision& operator[](std::size_t index) const {
    assert(index < size());
    return entries_[(total_ - size() + index) % entries_.size()];
  }

 private:
  std::vector<Decision> entries_;
  std::uint64_t total_ = 0;
};

}  // namespace meshtwin
