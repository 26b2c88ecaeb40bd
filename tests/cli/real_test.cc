// `run --on real` and `calibrate`, with a script in place of the testbed.
#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/cli/stand_in.h"
#include "tests/core/results/made_up.h"

using namespace meshtwin;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

const char* const kScenario = R"({
  "name": "made up", "duration": "10s", "replications": 2,
  "services": {"a": {"instances": 2, "service_time": "1ms"}},
  "clients": {"w": {"calls": "a", "arrivals": {"process": "poisson", "rate": 50}}},
  "expect": ["a.success_rate >= 0.9"]})";
const char* const kPlay = "echo progress 0.5\ncp \"$here/canned\" \"$result\"\n";

Finished played(const StandIn& stand_in, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"run", "--on", "real",
                                        stand_in.folder().write("scenario.json", kScenario)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(arguments, stand_in.options());
}

std::string problem_with(const std::string& script) {
  const StandIn stand_in;
  stand_in.testbed(script);
  stand_in.replication(made_up_run(100, {10ms}));
  const Finished run = played(stand_in);
  CHECK(run.exit_code == 2);
  CHECK(run.out.empty());
  const std::string prefix = "meshtwin: " + stand_in.folder() / "scenario.json" + ": ";
  CHECK(run.err.starts_with(prefix));
  return run.err.substr(prefix.size());
}

}  // namespace

TEST_CASE("a run for real has the same report, document and exit status as a simulated one") {
  const StandIn stand_in;
  stand_in.testbed(kPlay);
  stand_in.replication(made_up_run(500, {10ms, 20ms}));
  const Finished run = played(stand_in, {"--out", stand_in.folder() / "out"});
  INFO(run.err << run.out);
  CHECK(run.exit_code == 0);
  CHECK(run.err.empty());
  CHECK(run.out.find("10 s played for real × 2 replications, seed 1: took") != std::string::npos);
  const Json result = Json::parse(text_of_file(stand_in.folder() / "out/result.json"));
  CHECK(result["on"] == "real");
  CHECK(result["services"]["a"]["requests"] == 1000);

  stand_in.replication(made_up_run(500, {10ms}, 100));
  const Finished missed = played(stand_in, {"--json"});
  CHECK(missed.exit_code == 1);
  CHECK(Json::parse(missed.out)["on"] == "real");
}

TEST_CASE("the testbed gets file, changes and the seed of each replication") {
  const StandIn stand_in;
  stand_in.testbed(kPlay);
  stand_in.replication(made_up_run(500, {10ms}));
  const Finished run = played(stand_in, {"--set", "seed=5", "--set", "name=x"});
  CHECK(run.exit_code == 0);
  const std::string arguments = stand_in.arguments();
  const std::string file = stand_in.folder() / "scenario.json";
  CHECK(arguments.starts_with("play " + file + " --set seed=5 --set name=x --seed 5 --result /"));
  CHECK(std::count(arguments.begin(), arguments.end(), '\n') == 2);
  CHECK(arguments.find("--seed 5", arguments.find('\n')) == std::string::npos);
}

TEST_CASE("what the testbed refuses or gets wrong is one line and exit status 2") {
  CHECK(problem_with("echo 'meshtwin-testbed: $.network: no such cables' >&2\nexit 2\n") ==
        "$.network: no such cables\n");
  CHECK(problem_with("echo oops >&2\nexit 3\n") == "meshtwin-testbed failed with status 3: oops\n");
  CHECK(problem_with("kill -KILL $$\n") == "meshtwin-testbed failed with status 137\n");
  CHECK(problem_with("exit 0\n") == "meshtwin-testbed left no result\n");
  CHECK(problem_with("echo hello > \"$result\"\n").starts_with("a replication came back damaged"));
}

TEST_CASE("a testbed that isn't there is named") {
  const StandIn stand_in;
  const Finished run = played(stand_in);
  CHECK(run.exit_code == 2);
  CHECK(run.err == "meshtwin: --on real: " + stand_in.folder() / "meshtwin-testbed" +
                       " is missing, the program that plays scenarios for real; build all of meshtwin\n");
  CHECK(run_program({"calibrate"}, stand_in.options()).exit_code == 2);
}

TEST_CASE("Ctrl-C is passed on to the testbed, and what it has by then is reported") {
  const StandIn stand_in;
  stand_in.testbed(R"sh(
trap 'cp "$here/canned" "$result"; exit 130' INT
echo progress 0.2
while true; do read -r line < "$here/never"; done
)sh");
  REQUIRE(std::system(("mkfifo " + stand_in.folder() / "never").c_str()) == 0);
  Replication partial = made_up_run(300, {10ms});
  partial.partial = true;
  partial.ended_at = Time(2s);
  stand_in.replication(partial);
  ProgramOptions options = stand_in.options();
  options.err_terminal = 100;
  Program program({"run", "--on", "real", stand_in.folder().write("scenario.json", kScenario), "--json"},
                  options);
  REQUIRE(program.wait_for("made up "));
  program.signal(SIGINT);
  const Finished run = program.wait();
  CHECK(run.exit_code == 130);
  const Json document = Json::parse(run.out);
  CHECK(document["partial"] == true);
  CHECK(document["replications"] == 1);
  CHECK(run.err.find("playing for real takes at least 20 s") != std::string::npos);
}

TEST_CASE("calibrate has the testbed write the file") {
  const StandIn stand_in;
  stand_in.testbed("echo measured > \"$out\"\nexit 7\n");
  const std::string file = stand_in.folder() / "machine.json";
  CHECK(run_program({"calibrate", "--out", file}, stand_in.options()).exit_code == 7);
  CHECK(text_of_file(file) == "measured\n");
  CHECK(stand_in.arguments() == "calibrate --out " + file + "\n");
}
