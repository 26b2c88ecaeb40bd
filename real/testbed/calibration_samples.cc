#include "real/testbed/calibration_samples.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include <fmt/format.h>

#include "core/config/units.h"

namespace meshtwin {

std::vector<CalibrationSample> calibration_samples(const Scenario& scenario, const PlayedRun& run) {
  std::unordered_map<std::uint64_t, const SentCall*> calls;
  for (const SentCall& call : run.generator.calls) {
    const bool counts = call.finished() && call.due >= Time(scenario.warmup) && call.at_sidecar != kNever;
    if (counts) calls.emplace(call.seed, &call);
  }
  std::vector<CalibrationSample> samples;
  for (const ServedRequest& request : run.backend.requests) {
    const auto call = calls.find(request.call_seed);
    if (call == calls.end() || request.answered == kNever || request.began == kNever) continue;
    const Time end = request.began + request.demand;
    const SentCall& sent = *call->second;
    samples.push_back({sent.due, sent.at_sidecar - sent.due, request.received - sent.at_sidecar,
                       sent.left_sidecar - request.answered, sent.done - sent.left_sidecar, request.freed - end,
                       request.answered - request.freed});
  }
  return samples;
}

Duration median_added(std::vector<CalibrationSample> samples) {
  if (samples.empty()) return Duration::zero();
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end(), [](const CalibrationSample& a, const CalibrationSample& b) {
    return a.added() < b.added();
  });
  return middle->added();
}

std::optional<std::string> disturbance(const Scenario& scenario, const std::vector<CalibrationSample>& samples) {
  constexpr std::int64_t kParts = 5;
  constexpr std::size_t kFewest = 20;  // calls that a median is worth something of
  constexpr Duration kNoise = std::chrono::microseconds(50);
  std::vector<std::vector<CalibrationSample>> parts(kParts);
  const Duration part = (scenario.duration - scenario.warmup) / kParts;
  for (const CalibrationSample& sample : samples) {
    const std::int64_t number = (sample.due - Time(scenario.warmup)) / part;
    parts[static_cast<std::size_t>(std::clamp<std::int64_t>(number, 0, kParts - 1))].push_back(sample);
  }
  Duration least = Duration::max();
  Duration most = Duration::zero();
  for (const std::vector<CalibrationSample>& its_samples : parts) {
    if (its_samples.size() < kFewest) continue;
    const Duration median = median_added(its_samples);
    least = std::min(least, median);
    most = std::max(most, median);
  }
  if (most <= least || most - least <= std::max(least / 4, kNoise)) return std::nullopt;
  return fmt::format(
      "the machine was disturbed while it was measured: the median call took {} more than its service time in one "
      "fifth of the time, and {} in another",
      format_duration(std::chrono::round<std::chrono::microseconds>(least)),
      format_duration(std::chrono::round<std::chrono::microseconds>(most)));
}

}  // namespace meshtwin
