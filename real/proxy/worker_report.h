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
  std::vector<Decision> decisions;       // the latest first
  std::vector<std::string> request_ids;  // of each of them; empty where it isn't known any more
};

struct WorkerReport {
  Time now{};
  std::vector<UpstreamReport> upstreams;
};
WorkerReport report_upstreams(WorkerState& worker);

// What to tell of; empty texts stand for any.
struct DecisionsAsked {
  std::string upstream;
  std::string request_id;  // long ones are cut as those that are kept
  std::size_t limit = 20;  // of each upstream
};
std::vector<DecisionsReport> report_decisions(WorkerState& worker, const DecisionsAsked& asked);

}  // namespace meshtwin
