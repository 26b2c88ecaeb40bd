#include "real/testbed/calibration_file.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/config/calibration.h"
#include "core/config/json_document.h"
#include "real/testbed/calibration_samples.h"
#include "real/testbed/playable.h"
#include "tests/support/scenario_parts.h"

namespace meshtwin {
namespace {

constexpr Duration kMicrosecond = std::chrono::microseconds(1);

// Calls throughout the scenario's time, which take 200 us more than their service time until `slow`, then `then`.
std::vector<CalibrationSample> samples_with(const Scenario& scenario, Time slow, Duration then) {
  std::vector<CalibrationSample> samples;
  for (Time due(scenario.warmup); due < Time(scenario.duration); due += 10 * kMillisecond) {
    const Duration added = due < slow ? 200 * kMicrosecond : then;
    samples.push_back({due, added / 4, added / 4, added / 4, added / 4, {}, {}});
  }
  return samples;
}

TEST_CASE("a calibration that was disturbed for a part of its time says so") {
  const Scenario scenario = calibration_scenario();
  const Time end(scenario.duration);
  CHECK(disturbance(scenario, samples_with(scenario, end, {})) == std::nullopt);
  CHECK(disturbance(scenario, {}) == std::nullopt);
  // Less than a quarter more, and less than a fifth of the time.
  CHECK(disturbance(scenario, samples_with(scenario, end - 4000 * kMillisecond, 250 * kMicrosecond)) == std::nullopt);
  CHECK(disturbance(scenario, samples_with(scenario, end - 500 * kMillisecond, 900 * kMicrosecond)) == std::nullopt);
  const auto told = disturbance(scenario, samples_with(scenario, end - 2000 * kMillisecond, 900 * kMicrosecond));
  REQUIRE(told);
  CHECK(told->find("200us more than its service time") != std::string::npos);
  CHECK(told->find("900us") != std::string::npos);
  CHECK(median_added(samples_with(scenario, end - 2000 * kMillisecond, 900 * kMicrosecond)) == 200 * kMicrosecond);
}

TEST_CASE("a calibration is what calls took beside their service times, and a scenario can take it up") {
  const Scenario scenario = calibration_scenario();
  CHECK(check_playable(scenario, "calibration"));
  PlayedRun run;
  run.cpu = {{"the generator", 9 * kMillisecond, false}, {"the proxy client/0", 8 * kMillisecond, true}};
  const Duration microsecond = std::chrono::microseconds(1);
  for (std::uint32_t i = 0; i < 200; ++i) {
    SentCall call;
    call.seed = i;
    call.due = Time(scenario.warmup) + i * kMillisecond;
    ServedRequest request;
    request.call_seed = i;
    call.at_sidecar = call.due + 60 * microsecond;
    request.received = request.began = call.due + (100 + i) * microsecond;
    request.demand = 2 * kMillisecond;
    request.freed = request.began + request.demand;
    request.answered = request.freed + 50 * microsecond;
    call.left_sidecar = request.freed + (200 + i) * microsecond;
    call.done = request.freed + (300 + i) * microsecond;
    run.generator.calls.push_back(call);
    run.backend.requests.push_back(request);
  }
  run.generator.calls[0].due = Time{};  // warm-up
  const std::string text =
      calibration_text(scenario, run, {"a processor", 2, "a system", "2026-01-01T00:00:00Z"});
  const Result<Overheads> overheads = parse_calibration(text, "calibration.json");
  REQUIRE(overheads);
  CHECK(overheads.value().timer_lateness.mean() == Duration::zero());
  CHECK(overheads.value().to_sidecar.mean() == 60 * microsecond);
  CHECK(overheads.value().request_path.mean() > 135 * microsecond);
  CHECK(overheads.value().request_path.mean() < 145 * microsecond);
  CHECK(overheads.value().response_path.mean() > 245 * microsecond);
  CHECK(overheads.value().response_path.mean() < 255 * microsecond);
  CHECK(overheads.value().answer_lateness.mean() == 50 * microsecond);
  CHECK(overheads.value().from_sidecar.mean() == 100 * microsecond);
  const Json json = parse_json(text, "calibration.json").value();
  CHECK(json["request_path"]["quantiles"].front() == Json::array({0.0, "41us"}));
  CHECK(json["request_path"]["quantiles"].back() == Json::array({1.0, "239us"}));
  CHECK(json["added_p50"] == "600us");
  CHECK_FALSE(json.contains("warnings"));
  CHECK(json["proxy_cpu_per_request"] == "40us");
  CHECK(json["machine"]["processor"] == "a processor");
}

}  // namespace
}  // namespace meshtwin
