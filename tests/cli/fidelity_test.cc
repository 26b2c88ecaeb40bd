// `fidelity`, with a script in place of the testbed that plays back a simulation.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/results/call_log.h"
#include "sim/cli/files.h"
#include "sim/simulation.h"
#include "tests/cli/stand_in.h"

using namespace meshtwin;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

const char* const kScenario = R"({
  "name": "two <instances>", "duration": "20s", "warmup": "1s",
  "services": {"a": {"instances": 2, "service_time": {"dist": "erlang", "k": 3, "mean": "10ms"}}},
  "clients": {"w": {"calls": "a", "arrivals": {"process": "poisson", "rate": 80}}},
  "policies": {"a": {"balancer": {"type": "round_robin"}}}})";

const char* const kPlay = R"sh(
if [ -n "$out" ]; then
  echo progress 0.5
  cp "$here/calibration.json" "$out"
else
  cp "$here/canned" "$result"
  [ -z "$calls" ] || cp "$here/calls" "$calls"
fi
)sh";

std::string calibration(int microseconds, const std::string& more = "") {
  const std::string table = "[[0, \"" + std::to_string(microseconds) + "us\"], [1, \"" +
                            std::to_string(microseconds) + "us\"]]";
  return R"({"machine": "made up", "request_path": )" + table + R"(, "response_path": )" + table +
         R"(, "timer_lateness": )" + table + more + "}";
}

// A machine that adds `truth` each time, and whose calibration says so or says another thing.
class Machine {
 public:
  Machine(int truth, int calibrated) {
    stand_in_.testbed(kPlay);
    stand_in_.folder().write("calibration.json", calibration(calibrated));
    file_ = stand_in_.folder().write("scenario.json", kScenario);
    Scenario scenario = load_scenario(file_, {}).value();
    const Distribution added = Distribution::constant(std::chrono::microseconds(truth));
    scenario.overheads = Overheads{added, added, added, {}, {}, {}};
    CallLog calls;
    SimulationOptions options;
    options.call_log = &calls;
    RunControl control;
    Replication run = Simulation(scenario, options).run(control);
    run.warnings = {"the machine was busy"};
    stand_in_.replication(run);
    stand_in_.folder().write("calls", encode_call_log(calls));
  }

  Finished fidelity(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"fidelity", file_});
    return run_program(more, stand_in_.options());
  }
  void play(const std::string& script) const { stand_in_.testbed(script); }
  const std::string& file() const { return file_; }
  const TemporaryFolder& folder() const { return stand_in_.folder(); }
  std::string arguments() const { return stand_in_.arguments(); }

 private:
  StandIn stand_in_;
  std::string file_;
};

}  // namespace

TEST_CASE("a prediction that knows what the machine adds is right call by call") {
  const Machine machine(100, 100);
  const Finished run = machine.fidelity({"--json"});
  INFO(run.err);
  CHECK(run.exit_code == 0);
  const Json document = Json::parse(run.out);
  CHECK(document["ok"] == true);
  const Json& service = document["scenarios"][0]["services"]["a"];
  CHECK(service["latency_ms"]["p99"]["relative_error"] == 0);
  CHECK(service["paired"]["pairs"].get<double>() == Approx(19 * 80).epsilon(0.1));
  CHECK(service["paired"]["same_endpoint"] == 1);
  CHECK(service["paired"]["error_ms"]["p95"] == 0);
  CHECK(document["scenarios"][0]["warnings"][0] == "the machine was busy");
  // It was calibrated once, then played.
  CHECK(machine.arguments().starts_with("calibrate --out "));
  CHECK(machine.arguments().find("\nplay ") != std::string::npos);
}

TEST_CASE("a prediction beyond the bounds is crossed and makes the exit status 1") {
  const Machine machine(2000, 0);
  const std::string file = machine.folder().write("nothing.json", calibration(0));
  const Finished run = machine.fidelity({"--calibration", file});
  INFO(run.out);
  CHECK(run.exit_code == 1);
  CHECK(run.out.find("✗ beyond the bounds: p50") != std::string::npos);
  CHECK(run.out.find("0 of 1 within the bounds") != std::string::npos);
  CHECK(run.out.find("! two <instances>: the machine was busy") != std::string::npos);
  CHECK(machine.arguments().find("calibrate") == std::string::npos);
  CHECK(run.err.empty());
}

TEST_CASE("a prediction within the bounds is ticked") {
  const Machine machine(100, 100);
  const Finished run = machine.fidelity();
  CHECK(run.exit_code == 0);
  CHECK(run.out.find("✓ within the bounds") != std::string::npos);
  CHECK(run.out.find("1 of 1 within the bounds") != std::string::npos);
}

TEST_CASE("a calibration that was disturbed, and one that isn't the same at the end, are told") {
  const Machine machine(100, 100);
  machine.folder().write("calibration.json", calibration(100, R"(, "added_p50": "200us", "warnings": ["disturbed"])"));
  machine.folder().write("after.json", calibration(100, R"(, "added_p50": "900us")"));
  machine.play(R"sh(
if [ -n "$out" ]; then
  cp "$here/calibration.json" "$out"
  [ ! -f "$here/after.json" ] || mv "$here/after.json" "$here/calibration.json"
else
  cp "$here/canned" "$result"
  [ -z "$calls" ] || cp "$here/calls" "$calls"
fi
)sh");
  const Finished run = machine.fidelity({machine.file()});
  INFO(run.out << run.err);
  CHECK(run.out.find("! calibration: disturbed") != std::string::npos);
  CHECK(run.out.find("took 200us more than its service time") != std::string::npos);
  CHECK(run.out.find("900us") != std::string::npos);
  CHECK(machine.arguments().rfind("\ncalibrate --out") != std::string::npos);
}

TEST_CASE("an output folder gets the document, the plot, the calibration and the calls") {
  const Machine machine(100, 100);
  const std::string out = machine.folder() / "out";
  CHECK(machine.fidelity({"--out", out}).exit_code == 0);
  CHECK(Json::parse(text_of_file(out + "/fidelity.json"))["ok"] == true);
  CHECK(text_of_file(out + "/calibration.json") == calibration(100));
  const std::string svg = text_of_file(out + "/fidelity.svg");
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(svg.find("two &lt;instances&gt;") != std::string::npos);
  CHECK(svg.find("nan") == std::string::npos);
  const auto predicted = decode_call_log(text_of_file(out + "/scenario.predicted.csv"));
  const auto measured = decode_call_log(text_of_file(out + "/scenario.measured.csv"));
  REQUIRE(predicted.ok());
  REQUIRE(measured.ok());
  CHECK(predicted.value() == measured.value());
}

TEST_CASE("what keeps fidelity from running is one line and exit status 2") {
  const Machine machine(0, 0);
  const auto check = [&](const std::vector<std::string>& more, const std::string& part) {
    const Finished run = machine.fidelity(more);
    CHECK(run.exit_code == 2);
    CHECK(run.out.empty());
    CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
    INFO(run.err);
    CHECK(run.err.find(part) != std::string::npos);
  };
  check({"--calibration", "none.json"}, "none.json: no such file");
  check({"--calibration", "tests/cli/files/small.json"}, "\"request_path\" is missing");
  const std::string zone = R"({"z": {"link": {"bandwidth": "1Gbps"}}})";
  check({"--set", R"(network={"model": "simgrid", "platform": {"zones": )" + zone + "}}"},
        "native network alone");
  std::filesystem::remove(machine.folder() / "calibration.json");
  check({}, "the calibration failed with status 1");
  std::filesystem::remove(machine.folder() / "meshtwin-testbed");
  check({}, "meshtwin-testbed is missing");
}
