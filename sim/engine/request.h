// One attempt of a call as the simulated world sees it: on its way, in a server, on its way back.
#pragma once

#include <cstdint>
#include <optional>

#include "core/call/events.h"
#include "core/call/load_report.h"
#include "core/time.h"

namespace meshtwin {

struct Request {
  enum class Place : std::uint8_t { to_server, at_sidecar, queued, serving, calling, to_client };

  CallId call;
  std::uint32_t sidecar = 0;
  std::uint32_t instance = 0;
  std::uint8_t attempt = 0;
  Place place = Place::to_server;
  bool counted = false;         // its call is part of the statistics
  bool abandoned = false;       // the client gave it up
  bool served = false;          // the end of its service sends its answer
  std::uint8_t urgency = CallStart::kDefaultUrgency;  // of it and of the calls that it causes
  std::uint32_t inside_at = 0;  // its place in the instance's list of what is inside
  std::uint32_t next_call = 0;  // the downstream call under way, or due next
  std::uint32_t open_calls = 0;  // downstream, under way
  std::uint64_t seed = 0;  // of everything that is random about this attempt
  Time deadline = kNever;
  std::optional<std::uint64_t> key;  // for the calls that it causes
};

// A question of a sidecar for the load of an instance.
struct Probe {
  std::uint32_t sidecar = 0;
  std::uint32_t instance = 0;
  EndpointIndex endpoint = 0;
  ReportFor asker = ReportFor::policy;
  std::uint64_t seed = 0;  // of its messages' delays
  Time until{};            // an answer is of use
  LoadReport report;       // the answer
};

// What comes back for a request, packed into an event's number: a status, or the failure of the connection, and whether
// Engine::pushbacks has a wish of when to come again.
struct Answer {
  std::uint16_t status = 0;
  FailureKind failure = FailureKind::none;
  bool pushes_back = false;

  std::uint32_t pack() const {
    return status | static_cast<std::uint32_t>(failure) << 16 | static_cast<std::uint32_t>(pushes_back) << 24;
  }
  static Answer unpack(std::uint32_t packed) {
    return {static_cast<std::uint16_t>(packed & 0xffff), static_cast<FailureKind>(packed >> 16 & 0xff),
            (packed >> 24) != 0};
  }
};

}  // namespace meshtwin
