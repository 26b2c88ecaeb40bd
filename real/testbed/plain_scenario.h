// Scenarios of one service from a few options, checked as a scenario file is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/config/scenario.h"
#include "core/result.h"

namespace meshtwin {

// Each text is what a scenario file would have at its place: a duration, or JSON.
struct PlainService {
  std::string service_time = "0ms";
  std::uint32_t instances = 1;
  std::uint32_t concurrency = 1;
  std::optional<std::uint32_t> queue;
  std::uint64_t response_bytes = 100;
  double error_rate = 0;  // all the time
};
struct PlainLoad {
  double rate = 100;
  bool poisson = true;
  std::string duration = "10s";
};

// Errors name the option by its scenario's key.
Result<Scenario> plain_scenario(const PlainService& service, const PlainLoad& load);

}  // namespace meshtwin
