// What the two ends of a run for real note down about it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/call/events.h"
#include "core/stats/histogram.h"
#include "core/time.h"
#include "real/testbed/shadow_counts.h"
#include "real/testbed/call_header.h"

namespace meshtwin {

// A request as an instance saw it, one attempt of a call. Times are kNever for what has not happened.
struct ServedRequest {
  std::uint64_t call_seed = 0;
  std::uint32_t service = 0;
  EndpointIndex endpoint = 0;
  std::uint8_t attempt = 0;
  bool opened = false;       // the first one on its connection
  std::uint16_t status = 0;  // 0: it got no answer
  Time received{};           // whole, before the delay that plays the network
  Time began = kNever;       // to be served
  Time freed = kNever;       // its worker: served, given up or lost
  Time answered = kNever;    // handed to the socket
  Duration demand{};         // its service time
};

// A call as the generator saw it.
struct SentCall {
  std::uint64_t seed = 0;
  std::uint32_t client = 0;
  std::uint32_t number = 0;  // of the client's calls; of a closed loop: in the order of being due
  Time due{};
  Time sent = kNever;
  Time done = kNever;        // the last byte of the answer, or the end of hope
  Time at_sidecar = kNever;  // from when to when its sidecar had it; kNever where it didn't say so
  Time left_sidecar = kNever;
  std::uint16_t status = 0;  // 0: there was no answer
  CallReport report;
  bool finished() const { return done != kNever; }
};

struct BackendReport {
  std::vector<ServedRequest> requests;  // in the order of their ends
  Histogram timer_lateness;             // of service timers
};

struct GeneratorReport {
  std::vector<SentCall> calls;  // in the order of being sent
  Histogram send_lateness;
  std::uint64_t connections = 0;   // opened
  std::uint64_t refused_here = 0;  // calls that found no socket on this side
};

// How busy a thread of the testbed was, or a proxy.
struct CpuUse {
  std::string who;  // "the generator", "the proxy web/0"
  Duration used{};
  bool is_proxy = false;
};

struct PlayedRun {
  std::uint64_t seed = 0;
  GeneratorReport generator;
  BackendReport backend;
  Time ended_at{};
  bool interrupted = false;
  std::vector<CpuUse> cpu;  // while calls arrived
  Duration observed{};      // how long that was
  std::vector<std::string> warnings;
  std::vector<ShadowCounts> shadows;    // of the clients' policies, by service; empty where nobody asked
};

}  // namespace meshtwin
