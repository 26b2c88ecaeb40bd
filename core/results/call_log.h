// Each call of a run by itself, so that one run can be compared to another one call by call.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/call/events.h"
#include "core/result.h"
#include "core/time.h"

namespace meshtwin {

inline constexpr EndpointIndex kNoEndpoint = std::numeric_limits<EndpointIndex>::max();

// Call `number` of a client has the same arrival and the same service demand in every run with that seed.
struct LoggedCall {
  std::uint32_t client = 0;  // by its index in the scenario
  std::uint32_t number = 0;  // from 0, in the order of being due
  Time due{};
  bool finished = false;  // what follows has a meaning
  Duration latency{};     // from the due time
  FailureKind failure = FailureKind::none;
  std::uint8_t attempts = 0;
  // Whose answer or failure ended the call; kNoEndpoint where something else did, such as its deadline.
  EndpointIndex endpoint = kNoEndpoint;
  friend bool operator==(const LoggedCall&, const LoggedCall&) = default;
};
// By client, then by number; a client's numbers run from 0 without a gap.
using CallLog = std::vector<LoggedCall>;

// Writes the log of a run. Calls of closed loops are not for it: which one is which depends on the run.
class CallLogger {
 public:
  explicit CallLogger(std::size_t clients) : calls_(clients) {}
  // `number` is the one after the client's last.
  void started(std::uint32_t client, std::uint32_t number, Time due);
  void finished(std::uint32_t client, std::uint32_t number, Time now, const Outcome& outcome,
                EndpointIndex endpoint);
  CallLog take();

 private:
  std::vector<CallLog> calls_;  // by client
};

// CSV: `client,number,due_ns,latency_ns,outcome,attempts,endpoint`. The outcome is "ok", the name of the
// failure, or "unfinished" with nothing behind; the endpoint is empty where there is none.
std::string encode_call_log(const CallLog& log);
// An error names the first line that isn't as encode_call_log writes it.
Result<CallLog> decode_call_log(std::string_view text);

}  // namespace meshtwin
