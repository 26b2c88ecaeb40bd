// Scenarios played for real by the testbed and the proxy. How long anything took is not judged here.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/results/call_log.h"
#include "tests/support/program.h"

using namespace meshtwin;
using Json = nlohmann::json;

namespace {

const char* const kScenario = R"({
  "name": "short", "duration": "2s", "seed": 3,
  "services": {"echo": {"instances": 3, "service_time": {"dist": "erlang", "k": 3, "mean": "10ms"}}},
  "clients": {"load": {"calls": "echo", "arrivals": {"process": "poisson", "rate": 60}}},
  "policies": {"echo": {"balancer": {"type": "round_robin"}, "timeout": "1m"}}})";

const char* const kCalibration =
    R"({"request_path": {"dist": "constant", "value": "100us"}, "response_path": [[0, "50us"], [1, "90us"]],
        "timer_lateness": [[0, "50us"], [1, "70us"]]})";

}  // namespace

TEST_CASE("a scenario played for real makes the calls that the simulator makes") {
  TemporaryFolder folder;
  const std::string file = folder.write("short.json", kScenario);
  const Finished real = run_program({"run", "--on", "real", file, "--json", "--out", folder / "out"});
  INFO(real.err);
  REQUIRE(real.exit_code == 0);
  const Json measured = Json::parse(real.out);
  const Json predicted = Json::parse(run_program({"run", file, "--json"}).out);
  CHECK(measured["on"] == "real");
  CHECK(measured["partial"] == false);
  const Json& service = measured["services"]["echo"];
  const Json& expected = predicted["services"]["echo"];
  CHECK(service["requests"] == expected["requests"]);
  CHECK(service["policy_sha256"] == expected["policy_sha256"]);
  CHECK(service["success_rate"] == 1);
  REQUIRE(service["endpoints"].size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(service["endpoints"][i]["id"] == expected["endpoints"][i]["id"]);
    CHECK(service["endpoints"][i]["requests"] == expected["endpoints"][i]["requests"]);
  }
  CHECK(std::filesystem::exists(folder / "out/result.json"));
}

TEST_CASE("fidelity pairs the calls of both worlds") {
  TemporaryFolder folder;
  const Finished run =
      run_program({"fidelity", folder.write("short.json", kScenario), "--calibration",
                   folder.write("machine.json", kCalibration), "--json", "--out", folder / "out"});
  INFO(run.err);
  REQUIRE((run.exit_code == 0 || run.exit_code == 1));
  const Json document = Json::parse(run.out);
  CHECK(document["ok"] == (run.exit_code == 0));
  const Json& service = document["scenarios"][0]["services"]["echo"];
  CHECK(service["paired"]["pairs"] == service["requests"]["predicted"]);
  CHECK(service["paired"]["same_endpoint"] == 1);
  CHECK(service["paired"]["same_outcome"] == 1);
  const auto log = [&](const std::string& world) {
    return decode_call_log(text_of_file(folder / ("out/short." + world + ".csv"))).value();
  };
  const CallLog predicted = log("predicted");
  const CallLog measured = log("measured");
  REQUIRE(predicted.size() == measured.size());
  for (std::size_t i = 0; i < predicted.size(); ++i) CHECK(predicted[i].due == measured[i].due);
}

TEST_CASE("what can't be played for real is named, and nothing begins") {
  TemporaryFolder folder;
  const std::string file = folder.write("short.json", kScenario);
  const Finished run = run_program(
      {"run", "--on", "real", file, "--set", "services.echo.discipline=processor_sharing", "--json"});
  CHECK(run.exit_code == 2);
  CHECK(run.out.empty());
  CHECK(run.err.starts_with("meshtwin: " + file + ": can't be played for real: "));
  CHECK(run.err.find("processor_sharing") != std::string::npos);
}
