// What one worker's policy cores say of themselves, copied out for the admin server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/call/events.h"
#include "core/time.h"
#include "core/upstream/decision_log.h"
#include "core/upstream/upstream.h"

namespace meshtwin {

class WorkerState;

struct EndpointReport {
  std::string name;
  std::string address;
  EndpointView view;
};

struct UpstreamReport {
  std::string name;
  std::string policy_sha256;
  std::uint32_t open_calls = 0;
  std::uint32_t pending = 0;
  std::optional<Breaker::State> breaker;  // of the service; none where the policy has none
  Time breaker_opens_until = kNever;
  std::vector<EndpointReport> endpoints;  // members alone
};

// Names of endpoints that decisions are about, by EndpointIndex, former members included.
struct DecisionsReport {
  std::string upstream;
  std::uint64_t total = 0;  // decided since the start
  std::vector<std::string> endpoint_names;
  std::vector<Decision> decisions;  // the latest first
};

struct WorkerReport {
  Time now{};
  std::vector<UpstreamReport> upstreams;
};
WorkerReport report_upstreams(WorkerState& worker);

// Of all upstreams, or of the one named; at most `limit` decisions of each.
std::vector<DecisionsReport> report_decisions(WorkerState& worker, const std::string& upstream,
                                              std::size_t limit);

}  // namespace meshtwin
