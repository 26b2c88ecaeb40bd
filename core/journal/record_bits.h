// The bits of a record's tags, for encoder and decoder. README.md in this folder describes them.
#pragma once

#include <cstdint>

namespace meshtwin::record_bits {

// Of a record: bits 0-2 are the kind.
inline constexpr unsigned kKindMask = 7;
inline constexpr unsigned kOtherUpstream = 8;  // than the record before
inline constexpr unsigned kStale = 16;
inline constexpr unsigned kOutputsShift = 5;  // bits 5-7
inline constexpr unsigned kManyOutputs = 7;   // their number follows

// Of a start.
inline constexpr unsigned kHasDeadline = 1;  // it follows, from now, as a signed number
inline constexpr unsigned kNotIdempotent = 2;
inline constexpr unsigned kHasKey = 4;  // it follows, as 8 bytes
inline constexpr unsigned kUrgencyShift = 3;  // bits 3-5
inline constexpr unsigned kStartBits = 63;

// Of an attempt's input: bits 0-1 are the kind.
inline constexpr unsigned kEndOfStream = 4;
inline constexpr unsigned kStatusOk = 8;  // 200; else it follows for a response head
inline constexpr unsigned kFailureShift = 4;  // of a failed one
inline constexpr unsigned kHasRetryAfter = 16;  // of a response head: it follows, as a signed number

// Of a load report: what it tells besides 0.
inline constexpr unsigned kHasApplicationUtilization = 1;
inline constexpr unsigned kHasCpuUtilization = 2;
inline constexpr unsigned kHasRequests = 4;
inline constexpr unsigned kHasErrors = 8;
inline constexpr unsigned kHasInFlight = 16;
inline constexpr unsigned kHasLatency = 32;
inline constexpr unsigned kHasServiceTime = 64;
inline constexpr unsigned kReportBits = 127;

// Of an output: bits 0-1 are the kind.
inline constexpr unsigned kOtherCall = 4;  // than the input's
// start_attempt and wake_at: bits 3-4 say when, bits 5-7 are the attempt.
inline constexpr unsigned kWhenShift = 3;
inline constexpr unsigned kAttemptShift = 5;
enum When : unsigned {
  follows = 0,  // from now, as a signed number
  never = 1,
  as_last_time = 2,  // as long from now as the last one of this kind and upstream
  as_before = 3,     // as the output before, in the same record
};
// wake_at has no attempt; bit 5 says that it is a start_probe in truth, bit 6 that it is the shadow's.
inline constexpr unsigned kProbe = 32;
inline constexpr unsigned kShadowsProbe = 64;
// cancel_attempt: bit 3; bits 5-7 are the attempt.
inline constexpr unsigned kFailed = 8;
// finish: bits 3-6 are the failure.
inline constexpr unsigned kOutcomeShift = 3;
inline constexpr unsigned kOutcomeStatusOk = 128;  // 200; else it follows

}  // namespace meshtwin::record_bits
