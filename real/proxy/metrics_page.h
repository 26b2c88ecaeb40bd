// What GET /metrics answers: the counts of all workers together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.h"
#include "real/proxy/config.h"
#include "real/proxy/metrics.h"
#include "real/proxy/worker.h"

namespace meshtwin {

// The counts of several workers added up, by the names of listeners, upstreams and endpoints.
WorkerMetrics merged(std::vector<WorkerMetrics> workers);

// What the main thread knows beside them.
struct ProcessMetrics {
  struct Upstream {
    std::string name;
    EndpointList endpoints;
    std::uint64_t update_success = 0;
    std::uint64_t update_failure = 0;
  };
  const ProxyConfig* config = nullptr;
  std::vector<Upstream> upstreams;  // in the order of the configuration
  Duration uptime{};
  bool ready = false;
  std::uint64_t reloads = 0;
  std::uint64_t reloads_refused = 0;
  std::uint64_t access_log_write_errors = 0;
  std::uint64_t journal_bytes = 0;
  std::uint64_t journal_disk_bytes = 0;
  std::uint64_t journal_write_errors = 0;
};

// Listeners, upstreams and endpoints of the present configuration alone; labels come from it and never from a
// request.
std::string metrics_page(const WorkerMetrics& totals, const ProcessMetrics& process);

}  // namespace meshtwin
