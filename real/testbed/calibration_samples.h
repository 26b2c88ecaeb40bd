// What single calls of a calibration took beside their service times, and whether the machine was left alone meanwhile.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/time.h"
#include "real/testbed/records.h"

namespace meshtwin {

struct CalibrationSample {
  Time due{};
  Duration to_sidecar{};     // from its due time to its arrival at the sidecar
  Duration request_path{};   // from there to its arrival at the instance
  Duration response_path{};  // from its answer's being sent to the sidecar's having it
  Duration from_sidecar{};   // from there to its arrival at the client
  Duration overrun{};        // how much longer than its service time it kept its worker
  Duration answer_lateness{};  // from its worker's being free to its answer's being sent
  Duration added() const {
    return to_sidecar + request_path + overrun + answer_lateness + response_path + from_sidecar;
  }
};

// Of the calls past the warm-up that were answered, and whose sidecars told when they had them.
std::vector<CalibrationSample> calibration_samples(const Scenario& scenario, const PlayedRun& run);

// The median of what calls took beside their service times; 0 of none.
Duration median_added(std::vector<CalibrationSample> samples);

// A sentence that says so where the median differs by more than a quarter, and by more than 50 us, between fifths of
// the scenario's time: something else kept the machine busy for a part of it.
std::optional<std::string> disturbance(const Scenario& scenario, const std::vector<CalibrationSample>& samples);

}  // namespace meshtwin
