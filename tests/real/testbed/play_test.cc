// meshtwin-testbed as users have it, with the real proxy.
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/results/call_log.h"
#include "core/results/replication_codec.h"
#include "real/files.h"
#include "tests/support/program.h"

namespace meshtwin {
namespace {

namespace fs = std::filesystem;

const char* const kScenario = R"({
  "name": "shop", "duration": "1s",
  "services": {"checkout": {"instances": 3, "concurrency": 20, "service_time": "2ms"}},
  "clients": {"web": {"sidecars": 2, "calls": "checkout", "arrivals": {"process": "poisson", "rate": 100}}},
  "policies": {"checkout": {"timeout": "5s"}}})";

// The testbed in a folder of its own, which is its folder for temporary files as well.
class Testbed {
 public:
  explicit Testbed(const char* scenario = kScenario) : scenario_(folder_.write("shop.json", scenario)) {
    fs::create_directory(folder_ / "tmp");
    options_.program = fs::path(std::getenv("MESHTWIN_PROGRAM")).parent_path() / "meshtwin-testbed";
    options_.environment = {{"TMPDIR", folder_ / "tmp"}};
  }

  std::vector<std::string> play(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"play",    scenario_,         "--result", folder_ / "result",
                                      "--calls", folder_ / "calls", "--seed",   "3"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Replication result() const { return decode(text_of_file(folder_ / "result")).value(); }
  CallLog calls() const { return decode_call_log(text_of_file(folder_ / "calls")).value(); }
  bool has_result() const { return fs::exists(folder_ / "result"); }
  // Whether a process is left whose command line names something in the folder.
  bool left_processes() const {
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const Result<std::string> command = read_file(entry.path() / "cmdline");
      if (command && command.value().find(folder_.path().string()) != std::string::npos) return true;
    }
    return false;
  }
  bool left_files() const { return !fs::is_empty(folder_ / "tmp"); }
  ProgramOptions& options() { return options_; }

 private:
  TemporaryFolder folder_;
  std::string scenario_;
  ProgramOptions options_;
};

TEST_CASE("a scenario is played through its proxies, and nothing is left behind") {
  Testbed testbed;
  const Finished run = run_program(testbed.play(), testbed.options());
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  CHECK(run.out.starts_with("progress 0."));
  const Replication result = testbed.result();
  CHECK(result.seed == 3);
  CHECK(result.on == "real");
  const ServiceTotals& totals = result.services.at(0);
  CHECK(totals.requests > 50);
  CHECK(totals.successes == totals.requests);
  CHECK(totals.attempts == totals.requests);
  Duration demand{};
  for (const EndpointTotals& endpoint : totals.endpoints) demand += endpoint.demand;
  CHECK(demand == static_cast<std::int64_t>(totals.requests) * Duration(std::chrono::milliseconds(2)));
  CHECK(testbed.calls().size() == totals.requests);
  CHECK_FALSE(testbed.left_processes());
  CHECK_FALSE(testbed.left_files());
}

TEST_CASE("instances keep their priority, and both sides their locality") {
  const char* const priorities = R"({
    "name": "shop", "duration": "1s",
    "services": {"checkout": {"instances": 3, "concurrency": 20, "service_time": "2ms", "priority": 1,
                              "overrides": [{"instance": 2, "priority": 0}]}},
    "clients": {"web": {"calls": "checkout", "arrivals": {"process": "poisson", "rate": 100}}},
    "policies": {"checkout": {"timeout": "5s", "priorities": {}}}})";
  const char* const localities = R"({
    "name": "shop", "duration": "1s",
    "services": {"checkout": {"instances": 3, "concurrency": 20, "service_time": "2ms", "locality": "far",
                              "overrides": [{"instance": 2, "locality": "near"}]}},
    "clients": {"web": {"calls": "checkout", "locality": "near", "arrivals": {"process": "poisson", "rate": 100}}},
    "policies": {"checkout": {"timeout": "5s", "locality": {}}}})";
  for (const char* const scenario : {priorities, localities}) {
    Testbed testbed(scenario);
    const Finished run = run_program(testbed.play(), testbed.options());
    INFO(scenario << "\n" << run.err);
    REQUIRE(run.exit_code == 0);
    const ServiceTotals totals = testbed.result().services.at(0);
    CHECK(totals.requests > 50);
    REQUIRE(totals.endpoints.size() == 3);
    CHECK(totals.endpoints[0].attempts + totals.endpoints[1].attempts == 0);
    CHECK(totals.endpoints[2].attempts >= totals.requests);
  }
}

TEST_CASE("connections that the proxy opens are counted, and kept for later calls or not") {
  for (const std::string type : {"pooled", "short"}) {
    const std::string scenario = R"({
      "name": "shop", "duration": "1s",
      "services": {"checkout": {"instances": 2, "service_time": "1ms"}},
      "clients": {"web": {"calls": "checkout", "connections": {"type": ")" + type + R"(", "handshake_round_trips": 2},
                          "arrivals": {"process": "poisson", "rate": 50}}},
      "network": {"model": "native", "latency": "1ms"},
      "policies": {"checkout": {"balancer": {"type": "round_robin"}, "timeout": "5s"}}})";
    Testbed testbed(scenario.c_str());
    const Finished run = run_program(testbed.play(), testbed.options());
    INFO(run.err);
    REQUIRE(run.exit_code == 0);
    const ServiceTotals totals = testbed.result().services.at(0);
    CHECK(totals.successes == totals.requests);
    CHECK(totals.connections_opened >= 2);
    CHECK((totals.connections_opened == totals.requests) == (type == "short"));
    // There and back six times in all where a connection was opened, each of 1 ms, and 1 ms of service.
    if (type == "short") CHECK(totals.success_latency.min() >= std::chrono::milliseconds(7));
  }
}

// One place at the instance and none to wait in: its own sidecar refuses what comes meanwhile.
TEST_CASE("instances' own sidecars are played, with their policies") {
  Testbed testbed(R"({
    "name": "shop", "duration": "1s",
    "services": {"checkout": {"instances": 2, "concurrency": 20, "service_time": "40ms",
                              "inbound": {"limits": {"requests": 1}}}},
    "clients": {"web": {"sidecars": 2, "calls": "checkout", "arrivals": {"process": "poisson", "rate": 200}}},
    "policies": {"checkout": {"balancer": {"type": "round_robin"}, "timeout": "5s"}}})");
  const Finished run = run_program(testbed.play(), testbed.options());
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  const ServiceTotals totals = testbed.result().services.at(0);
  CHECK(totals.requests > 100);
  CHECK(totals.successes > 10);
  // Each success keeps one of two instances busy for 40 ms, of a second and the last answer's time.
  CHECK(totals.successes <= 54);
  CHECK(totals.failures[static_cast<std::size_t>(FailureKind::error_5xx)] == totals.requests - totals.successes);
  CHECK_FALSE(testbed.left_processes());
  CHECK_FALSE(testbed.left_files());
}

// Three times as much as the instance can do, a tenth of it urgent.
TEST_CASE("calls say how urgent they are, and sidecars heed it") {
  Testbed testbed(R"({
    "name": "shop", "duration": "3s",
    "services": {"checkout": {"instances": 1, "service_time": "10ms",
                              "inbound": {"limits": {"connections": 1},
                                          "admission": {"priority_shedding": {"window": "100ms", "decrease": 0.3}}}}},
    "clients": {
      "batch": {"calls": "checkout", "urgency": 7, "arrivals": {"process": "deterministic", "rate": 300}},
      "urgent": {"calls": "checkout", "urgency": 1, "arrivals": {"process": "deterministic", "rate": 30}}},
    "policies": {"checkout": {"timeout": "5s"}}})");
  const Finished run = run_program(testbed.play(), testbed.options());
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  std::array<double, 2> calls{};
  std::array<double, 2> successes{};
  for (const LoggedCall& call : testbed.calls()) {
    calls[call.client] += 1;
    successes[call.client] += call.failure == FailureKind::none ? 1 : 0;
  }
  REQUIRE(calls[1] > 50);
  CHECK(successes[1] / calls[1] > 2 * successes[0] / calls[0]);
}

TEST_CASE("what a policy's shadow would have done is told of runs for real, too") {
  Testbed testbed(R"({
    "name": "shop", "duration": "1s",
    "services": {"checkout": {"instances": 2, "concurrency": 20, "service_time": "2ms"}},
    "clients": {"web": {"sidecars": 2, "calls": "checkout", "arrivals": {"process": "poisson", "rate": 200}}},
    "policies": {"checkout": {"balancer": {"type": "round_robin"}, "timeout": "5s",
                              "shadow": {"balancer": {"type": "random"}}}}})");
  const Finished run = run_program(testbed.play(), testbed.options());
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  const ServiceTotals totals = testbed.result().services.at(0);
  CHECK(totals.shadow[ShadowCounters::picks] == totals.requests);
  CHECK(totals.shadow[ShadowCounters::picks_differing] > totals.requests / 4);
  CHECK(totals.shadow[ShadowCounters::picks_differing] < totals.requests * 3 / 4);
  CHECK(totals.shadow[ShadowCounters::calls] == totals.requests);
  REQUIRE(totals.shadow_shares.size() == 2);
  CHECK(totals.shadow_shares[0].policy + totals.shadow_shares[1].policy == totals.requests);
  CHECK(totals.shadow_shares[0].shadow + totals.shadow_shares[1].shadow == totals.requests);
  CHECK(pick_distance(totals.shadow_shares) < 0.25);
}

TEST_CASE("prequal in the dark probes for real, and picks by the answers") {
  Testbed testbed(R"({
    "name": "shop", "duration": "1s",
    "services": {"checkout": {"instances": 8, "concurrency": 20, "service_time": "2ms",
                              "overrides": [{"instance": 0, "service_time": "100ms"}]}},
    "clients": {"web": {"calls": "checkout", "arrivals": {"process": "poisson", "rate": 300}}},
    "policies": {"checkout": {"balancer": {"type": "round_robin"}, "timeout": "5s",
                              "shadow": {"balancer": {"type": "prequal"}}}}})");
  const Finished run = run_program(testbed.play(), testbed.options());
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  const ServiceTotals totals = testbed.result().services.at(0);
  CHECK(totals.shadow[ShadowCounters::probes] > 2 * totals.requests);
  REQUIRE(totals.shadow_shares.size() == 8);
  // Round robin sends its part to the slow one.
  CHECK(totals.shadow_shares[0].policy > totals.requests / 9);
  CHECK(totals.shadow_shares[0].shadow < totals.shadow_shares[0].policy);
}

TEST_CASE("Ctrl-C ends a run with what it has, and with everything that it started") {
  Testbed testbed;
  testbed.options().out_terminal = 80;
  Program program(testbed.play({"--set", "duration=10m"}), testbed.options());
  REQUIRE(program.wait_for("progress 0.001"));
  program.signal(SIGINT);
  const Finished run = program.wait();
  CHECK(run.exit_code == 130);
  const Replication result = testbed.result();
  CHECK(result.partial);
  CHECK(result.services.at(0).requests > 0);
  CHECK_FALSE(testbed.left_processes());
  CHECK_FALSE(testbed.left_files());
}

TEST_CASE("proxies don't outlive a testbed that is killed") {
  Testbed testbed;
  testbed.options().out_terminal = 80;
  Program program(testbed.play({"--set", "duration=10m"}), testbed.options());
  REQUIRE(program.wait_for("progress 0.0"));
  CHECK(testbed.left_processes());
  program.signal(SIGKILL);
  CHECK(program.wait().exit_code == 128 + SIGKILL);
  int looks = 0;
  while (testbed.left_processes() && looks < 5'000) ++looks;
  CHECK_FALSE(testbed.left_processes());
}

TEST_CASE("what can't be played is refused before anything starts") {
  Testbed testbed;
  const Finished run = run_program(testbed.play({"--set", "services.checkout.discipline=processor_sharing"}),
                                   testbed.options());
  CHECK(run.exit_code == 2);
  CHECK(run.out.empty());
  CHECK(run.err.find(
            "shop.json: can't be played for real: $.services.checkout.discipline: processor_sharing") !=
        std::string::npos);
  CHECK_FALSE(testbed.has_result());
}

TEST_CASE("a proxy that can't start is an error with its own words") {
  Testbed testbed;
  const Finished run = run_program(testbed.play({"--proxy", "/nowhere/meshtwin-proxy"}), testbed.options());
  CHECK(run.exit_code == 2);
  // Both end at once, and either may be noticed first.
  CHECK(run.err.starts_with("meshtwin-testbed: the proxy web/"));
  CHECK(run.err.ends_with(" ended: No such file or directory\n"));
  CHECK_FALSE(testbed.has_result());
  CHECK_FALSE(testbed.left_files());
}

TEST_CASE("backend and load work without a proxy") {
  Testbed testbed;
  testbed.options().out_terminal = 80;
  Program backend({"backend", "--service-time", "1ms", "--concurrency", "10"}, testbed.options());
  REQUIRE(backend.wait_for("ready"));
  backend.signal(SIGTERM);
  const Finished served = backend.wait();
  CHECK(served.exit_code == 0);
  const std::size_t at = served.out.find("listening backend/0 127.0.0.1:");
  REQUIRE(at != std::string::npos);
  std::string address = served.out.substr(at + std::string("listening backend/0 ").size());
  address.resize(address.find_first_of("\r\n"));
  testbed.options().out_terminal = 0;
  const Finished load = run_program(
      {"load", "--to", address, "--rate", "100", "--duration", "200ms", "--even"}, testbed.options());
  CHECK(load.exit_code == 0);
  CHECK(load.out.find("connect: 20") != std::string::npos);  // it has ended by now
  const Finished remote = run_program({"load", "--to", "192.0.2.1:80"}, testbed.options());
  CHECK(remote.exit_code == 2);
  CHECK(remote.err.find("load is for loopback addresses alone") != std::string::npos);
}

}  // namespace
}  // namespace meshtwin
