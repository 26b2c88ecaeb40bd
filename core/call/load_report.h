// What a server says of its own load, with an answer or when it is probed.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time.h"

namespace meshtwin {

// The first four are those of ORCA (xds.data.orca.v3.OrcaLoadReport), 0 where they aren't told; the others are
// named metrics there. All are finite and at least 0.
struct LoadReport {
  double application_utilization = 0;  // the work under way over what it can work on; above 1: overload
  double cpu_utilization = 0;
  double requests_per_second = 0;  // answered, of late
  double errors_per_second = 0;    // of those, answered with an error
  std::optional<std::uint32_t> in_flight = std::nullopt;  // requests inside: waiting, served, calling others
  Duration latency{};       // of recent requests that came when about as many were in flight; 0: unknown
  Duration service_time{};  // for which a request of late kept a place of the server's concurrency; 0: unknown

  friend bool operator==(const LoadReport&, const LoadReport&) = default;
};

}  // namespace meshtwin
