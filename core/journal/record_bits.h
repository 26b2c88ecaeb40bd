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
inline constexpr unsigned kStartBits = 7;

// Of an attempt's input: bits 0-1 are the kind.
inline constexpr unsigned kEndOfStream = 4;
inline constexpr unsigned kStatusOk = 8;  // 200; else it follows for a response head
inline constexpr unsigned kFailureShift = 4;

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
// cancel_attempt: bit 3; bits 5-7 are the attempt.
inline constexpr unsigned kFailed = 8;
// finish: bits 3-6 are the failure.
inline constexpr unsigned kOutcomeShift = 3;
inline constexpr unsigned kOutcomeStatusOk = 128;  // 200; else it follows

}  // namespace meshtwin::record_bits
