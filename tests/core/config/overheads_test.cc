// What a machine adds: in scenarios and in calibration files.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/config/calibration.h"
#include "core/config/scenario_file.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

const char* const kCalibration = R"({
  "format": "meshtwin calibration", "machine": "two cores", "date": "2024-05-01",
  "request_path": [[0, "50us"], [1, "150us"]],
  "response_path": {"dist": "empirical", "quantiles": [[0, "40us"], [1, "60us"]]},
  "timer_lateness": {"dist": "constant", "value": "60us"},
  "proxy_cpu_per_request": "20us"
})";

Result<std::string> load(const std::string& path) {
  if (path == "machine.json" || path == "far/machine.json") return std::string(kCalibration);
  if (path == "far/base.json") {
    return std::string(R"({"duration": "1s", "overheads": "machine.json",
                        "services": {"a": {"service_time": "1ms"}},
                        "clients": {"w": {"calls": "a", "arrivals": {"process": "poisson", "rate": 1}}}})");
  }
  return Error{"no such file"};
}

Result<Scenario> with(const std::string& keys) {
  return parse_scenario(R"({"duration": "1s", "services": {"a": {"service_time": "1ms"}},
    "clients": {"w": {"calls": "a", "arrivals": {"process": "poisson", "rate": 1}}}, )" + keys + "}",
                        "s.json", load);
}

std::string error_of(const std::string& keys) {
  const Result<Scenario> scenario = with(keys);
  return scenario ? "" : scenario.error().message;
}

}  // namespace

TEST_CASE("a scenario names what the machine adds, in part or whole") {
  CHECK_FALSE(with(R"("name": "none")").value().overheads.has_value());
  const auto overheads = with(R"("overheads": {"request_path": "100us"})").value().overheads;
  REQUIRE(overheads.has_value());
  CHECK(overheads->request_path.mean() == 100us);
  CHECK(overheads->timer_lateness.mean() == 0us);
  const auto ways = with(R"("overheads": {"to_sidecar": "70us", "from_sidecar": "80us"})").value().overheads;
  REQUIRE(ways.has_value());
  CHECK(ways->to_sidecar.mean() == 70us);
  CHECK(ways->from_sidecar.mean() == 80us);
}

TEST_CASE("a scenario takes what a calibration file says") {
  for (const std::string keys : {R"("overheads": "machine.json")", R"("extends": "far/base.json")"}) {
    const Result<Scenario> scenario = with(keys);
    INFO((scenario ? "" : scenario.error().message));
    REQUIRE(scenario.ok());
    const auto& overheads = scenario.value().overheads;
    REQUIRE(overheads.has_value());
    CHECK(overheads->request_path.mean() == 100us);
    CHECK(overheads->response_path.mean() == 50us);
    CHECK(overheads->timer_lateness.mean() == 60us);
  }
}

TEST_CASE("what is wrong with overheads is named") {
  CHECK(error_of(R"("overheads": "none.json")") ==
        "s.json: $.overheads: \"none.json\" can't be read: no such file; give a path from the scenario's "
        "folder");
  CHECK(error_of(R"("overheads": {"request_pth": "1us"})").find("did you mean \"request_path\"") !=
        std::string::npos);
  CHECK(error_of(R"("overheads": 5)").starts_with("s.json: $.overheads: "));
  const std::string simgrid =
      R"("network": {"model": "simgrid", "platform": {"zones": {"z": {"link": {"bandwidth": "1Gbps"}}}}})";
  CHECK(error_of(R"("overheads": {}, )" + simgrid).find("native network alone") != std::string::npos);
}

TEST_CASE("what is wrong with a calibration file is named") {
  nlohmann::json file = nlohmann::json::parse(kCalibration);
  const auto problem = [&] {
    const Result<Overheads> overheads = parse_calibration(file.dump(), "c.json");
    return overheads ? std::string() : overheads.error().message;
  };
  CHECK(problem().empty());
  file["request_path"] = nlohmann::json::parse(R"([[0, "5us"], [1, "1us"]])");
  CHECK(problem().starts_with("c.json: $.request_path[1]: the value 1us is below the one before"));
  file["request_path"] = nlohmann::json::parse(R"({"dist": "empirical", "file": "q.csv"})");
  CHECK(problem().find("holds its tables itself") != std::string::npos);
  file.erase("request_path");
  CHECK(problem() == "c.json: $: \"request_path\" is missing; meshtwin calibrate writes such files");
  CHECK_FALSE(parse_calibration("[]", "c.json").ok());
  CHECK_FALSE(parse_calibration("{", "c.json").ok());
}
