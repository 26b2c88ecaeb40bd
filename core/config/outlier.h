// Outlier detection of a policy file as data: gRPC's A50, and Envoy's consecutive failures.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time.h"

namespace meshtwin {

// Ejects endpoints whose share of successes in an interval is far below the others'.
struct SuccessRateEjection {
  std::uint32_t stdev_factor = 1900;           // thousandths: below mean - stdev * 1.9 is far
  std::uint32_t enforcement_percentage = 100;  // of the outliers are ejected, by chance
  std::uint32_t minimum_hosts = 5;             // with request_volume; else nobody is looked at
  std::uint32_t request_volume = 100;          // results in the interval; endpoints with fewer aren't looked at
};
// Ejects endpoints whose share of failures in an interval is above a threshold.
struct FailurePercentageEjection {
  std::uint32_t threshold = 85;  // percent
  std::uint32_t enforcement_percentage = 100;
  std::uint32_t minimum_hosts = 5;
  std::uint32_t request_volume = 50;
};
struct OutlierConfig {
  std::optional<std::uint32_t> consecutive_failures;  // at so many in a row an endpoint is ejected at once
  std::optional<SuccessRateEjection> success_rate;
  std::optional<FailurePercentageEjection> failure_percentage;
  Duration interval = std::chrono::seconds(10);       // between sweeps
  Duration base_ejection = std::chrono::seconds(30);  // times the multiplier is how long an endpoint is out
  Duration max_ejection = std::chrono::seconds(300);  // at most so long, or base_ejection where that is longer
  double max_ejected = 0.1;  // no further ejection where so large a share of the endpoints is out; 0 to 1
};

}  // namespace meshtwin
