// What the admin server says about upstreams and decisions, as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/json_fwd.h"
#include "core/time.h"
#include "real/proxy/config.h"
#include "real/proxy/discovery.h"
#include "real/proxy/metrics.h"
#include "real/proxy/worker.h"
#include "real/proxy/worker_report.h"

namespace meshtwin {

// An upstream as the main thread knows it.
struct SuppliedUpstream {
  const UpstreamConfig* config = nullptr;
  EndpointList endpoints;
  std::vector<std::string> health_problems;  // of each endpoint's last check; empty: none
  DiscoveryStatus discovery;
};

// GET /upstreams. `workers` in order; `totals` are those of all of them.
Json upstreams_json(const std::vector<SuppliedUpstream>& upstreams, const std::vector<WorkerReport>& workers,
                    const WorkerMetrics& totals);

// GET /explain: the latest `limit` decisions of all workers, the latest first. `unix_offset_ns` leads from
// workers' time to Unix time.
Json decisions_json(const std::vector<std::vector<DecisionsReport>>& workers, std::size_t limit,
                    std::int64_t unix_offset_ns);

// "2024-05-01T12:00:00.123456Z".
std::string utc_text(std::int64_t unix_ns);

}  // namespace meshtwin
