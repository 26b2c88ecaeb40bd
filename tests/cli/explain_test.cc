#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/program.h"

using namespace meshtwin;
using Json = nlohmann::json;

namespace {

// One request at a time, each of which is served in 10 ms; the second instance answers nothing but errors.
constexpr const char* kScenario = R"({
  "duration": "1s", "seed": 3,
  "services": {"a": {"instances": 3, "service_time": "10ms"}},
  "clients": {"web": {"calls": "a", "arrivals": {"process": "deterministic", "rate": 50}},
              "crowd": {"calls": "a", "arrivals": {"process": "closed", "users": 1, "think": "1h"}}},
  "policies": {"a": {"balancer": {"type": "least_request", "choices": "all"},
                     "retry": {"max_attempts": 3, "on": ["5xx"], "host": "other"}}},
  "faults": [{"at": "0s", "target": "a/1", "error_rate": 1}]})";

}  // namespace

TEST_CASE("explain tells each decision about a call: candidates, rule, margin and what would have changed it") {
  const TemporaryFolder folder;
  const std::string file = folder.write("s.json", kScenario);
  bool retried = false;
  for (int call = 0; call < 20; ++call) {
    const Json json = Json::parse(run_program({"explain", file, "--call", std::to_string(call), "--json"}).out);
    CHECK(json["client"] == "web");
    CHECK(json["call"] == call);
    CHECK(json["outcome"] == "none");
    const Json& pick = json["decisions"][0];
    CHECK(pick["kind"] == "pick");
    CHECK(pick["rule"] == "least_request: fewest active requests of all");
    CHECK(pick["candidates"].size() == 3);
    CHECK(pick["nearest_change"].get<std::string>().find("the same score") != std::string::npos);
    if (json["attempts"] == 1) {
      CHECK(pick["endpoint"] != "a/1");
      CHECK(json["decisions"].size() == 1);
      continue;
    }
    retried = true;
    CHECK(pick["endpoint"] == "a/1");
    CHECK(json["decisions"][1]["kind"] == "retry");
    CHECK(json["decisions"][1]["outcome"] == "granted");
    CHECK(json["decisions"][1]["failure"] == "5xx");
    CHECK(json["decisions"][2]["endpoint"] != "a/1");
  }
  CHECK(retried);
}

TEST_CASE("a call that is never over is explained as far as it came") {
  const TemporaryFolder folder;
  const std::string file = folder.write("s.json", R"({
    "duration": "1s",
    "services": {"a": {"instances": 2, "service_time": "10ms"}},
    "clients": {"web": {"calls": "a", "arrivals": {"process": "deterministic", "rate": 50}}},
    "policies": {"a": {"balancer": {"type": "round_robin"}, "hedge": {"after": "20ms", "max": 1}}},
    "faults": [{"at": "0s", "target": "a", "blackhole": true}]})");
  const Finished run = run_program({"explain", file, "--call", "3"});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK(run.out.find("not over at the end of the run") != std::string::npos);
  const Json json = Json::parse(run_program({"explain", file, "--call", "3", "--json"}).out);
  CHECK(json["outcome"].is_null());
  REQUIRE(json["decisions"].size() == 2);
  CHECK(json["decisions"][1]["hedge"] == true);
}

TEST_CASE("a call that is explained goes as it does in the run, call by call") {
  const Finished one = run_program({"explain", "scenarios/quickstart.json", "--client", "web-3", "--call", "1234"});
  CHECK(one.exit_code == 0);
  CHECK(one.out == run_program({"explain", "scenarios/quickstart.json", "--client", "web-3", "--call", "1234"}).out);
  CHECK(one.out.find("call 1234 of web-3/0") == 0);
  CHECK(one.out.find("fewest active requests of those drawn") != std::string::npos);
}

TEST_CASE("explain says which calls it can't explain") {
  const TemporaryFolder folder;
  const std::string file = folder.write("s.json", kScenario);
  const auto error = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"explain", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished run = run_program(arguments);
    CHECK(run.exit_code == 2);
    return run.err.substr(std::min(run.err.size(), std::string("meshtwin: ").size() + file.size() + 2));
  };
  CHECK(error({"--call", "50"}) ==
        "client web makes fewer calls than 51 before the end; give --call a smaller number\n");
  CHECK(error({"--call", "1", "--client", "wbe"}) ==
        "--client: there is no client \"wbe\"; did you mean \"web\"?; the file has web, crowd\n");
  CHECK(error({"--call", "1", "--client", "crowd"}) ==
        "$.clients.crowd: calls of a closed loop have no numbers; name an open one by --client\n");
}
