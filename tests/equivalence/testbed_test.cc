// The same scenario and seed in the simulator and for real: what doesn't depend on the machine is the same.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/results/call_log.h"
#include "core/results/replication_codec.h"
#include "real/files.h"
#include "sim/simulation.h"
#include "tests/support/program.h"

namespace meshtwin {
namespace {

struct World {
  Replication result;
  CallLog calls;
};

World simulated(const Scenario& scenario, std::uint64_t seed) {
  World world;
  SimulationOptions options;
  options.seed = seed;
  options.call_log = &world.calls;
  RunControl control;
  world.result = Simulation(scenario, options).run(control);
  return world;
}

World played(const TemporaryFolder& folder, const std::string& file, std::uint64_t seed) {
  ProgramOptions options;
  options.program = std::filesystem::path(std::getenv("MESHTWIN_PROGRAM")).parent_path() / "meshtwin-testbed";
  const Finished run = run_program({"play", file, "--seed", std::to_string(seed), "--result",
                                    folder / "result", "--calls", folder / "calls"},
                                   options);
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  return {decode(text_of_file(folder / "result")).value(),
          decode_call_log(text_of_file(folder / "calls")).value()};
}

// A loaded machine may hand two calls to a proxy in the other order: picks of calls by themselves may differ,
// but where there is one instance nothing does.
TEST_CASE("both worlds draw the same calls, service times, latencies, handshakes and errors") {
  const TemporaryFolder folder;
  const std::string file = folder.write("twin.json", R"({
    "duration": "1s", "warmup": "200ms",
    "services": {"a": {"concurrency": 200, "service_time": {"dist": "lognormal", "mean": "3ms", "cv": 1.0}},
                 "b": {"concurrency": 200, "service_time": {"dist": "exponential", "mean": "2ms"}},
                 "c": {"concurrency": 200, "service_time": {"dist": "exponential", "mean": "2ms"}},
                 "d": {"concurrency": 200, "service_time": {"dist": "exponential", "mean": "2ms"}}},
    "clients": {"web": {"sidecars": 2, "calls": "a", "arrivals": {"process": "poisson", "rate": 100}},
                "app": {"calls": "b", "connections": {"type": "short", "handshake_round_trips": 2},
                        "arrivals": {"process": "deterministic", "rate": 50}},
                "patient": {"calls": "c", "arrivals": {"process": "deterministic", "rate": 50}},
                "turned-away": {"calls": "d", "arrivals": {"process": "deterministic", "rate": 50}}},
    "network": {"model": "native", "latency": {"dist": "exponential", "mean": "500us"}},
    "policies": {"b": {"retry": {"max_attempts": 3, "on": ["5xx"]}},
                 "c": {"retry": {"max_attempts": 3, "on": ["429"]}},
                 "d": {"retry": {"max_attempts": 3, "on": ["5xx"]}}},
    "faults": [{"at": "0s", "target": "a", "slow": 2}, {"at": "0s", "target": "b", "error_rate": 0.5},
               {"at": "0s", "target": "c", "error_rate": 0.5, "error": {"status": 429, "retry_after": "30ms"}},
               {"at": "0s", "target": "d", "error_rate": 0.3, "error": {"status": 429}},
               {"at": "0s", "target": "d", "error_rate": 0.3, "error": {"status": 503, "retry_after": "never"}}]})");
  const Result<Scenario> scenario = read_scenario(file, {});
  INFO((scenario ? "" : scenario.error().message));
  REQUIRE(scenario);
  const World sim = simulated(scenario.value(), 11);
  const World real = played(folder, file, 11);
  REQUIRE(sim.calls.size() > 100);
  REQUIRE(real.calls.size() == sim.calls.size());
  for (std::size_t i = 0; i < sim.calls.size(); ++i) {
    CHECK(real.calls[i].due == sim.calls[i].due);
    CHECK(real.calls[i].failure == sim.calls[i].failure);
    CHECK(real.calls[i].attempts == sim.calls[i].attempts);
    CHECK(real.calls[i].endpoint == sim.calls[i].endpoint);
    CHECK(real.calls[i].latency >= sim.calls[i].latency);
  }
  for (std::size_t s = 0; s < 4; ++s) {
    CHECK(real.result.services[s].requests == sim.result.services[s].requests);
    CHECK(real.result.services[s].failures == sim.result.services[s].failures);
    const EndpointTotals& one = sim.result.services[s].endpoints.at(0);
    const EndpointTotals& other = real.result.services[s].endpoints.at(0);
    CHECK(other.attempts == one.attempts);
    CHECK(other.failures == one.failures);
    CHECK(other.demand == one.demand);
  }
  CHECK(sim.result.services[1].endpoints[0].failures > 10);
  CHECK(sim.result.services[1].connections_opened == sim.result.services[1].attempts);
  CHECK(real.result.services[1].connections_opened == real.result.services[1].attempts);
}

TEST_CASE("sidecars that are proxies share calls out as the simulated ones do") {
  const TemporaryFolder folder;
  const std::string file = folder.write("twin.json", R"({
    "duration": "1s",
    "services": {"a": {"instances": 3, "concurrency": 200, "overrides": [{"instance": 1, "weight": 3}], "service_time": "1ms"}},
    "clients": {"web": {"sidecars": 3, "calls": "a", "arrivals": {"process": "poisson", "rate": 150}}},
    "policies": {"a": {"balancer": {"type": "weighted_round_robin"}}}})");
  const Result<Scenario> scenario = read_scenario(file, {});
  INFO((scenario ? "" : scenario.error().message));
  REQUIRE(scenario);
  const World sim = simulated(scenario.value(), 4);
  const World real = played(folder, file, 4);
  const auto& one = sim.result.services[0].endpoints;
  const auto& other = real.result.services[0].endpoints;
  CHECK(one[1].attempts > 2 * one[0].attempts);
  for (std::size_t i = 0; i < one.size(); ++i) CHECK(other[i].attempts == one[i].attempts);
}

// Hashing goes by key and name alone, so that each call's endpoint is the same, whatever the order of calls.
TEST_CASE("both worlds send requests with the same key to the same endpoint") {
  const TemporaryFolder folder;
  const std::string file = folder.write("keys.json", R"({
    "duration": "1s",
    "services": {"a": {"instances": 5, "concurrency": 200, "service_time": "1ms"},
                 "b": {"instances": 5, "concurrency": 200, "service_time": "1ms"}},
    "clients": {"web": {"sidecars": 2, "calls": "a", "keys": {"count": 100, "zipf": 1.0},
                        "arrivals": {"process": "poisson", "rate": 150}},
                "app": {"calls": "b", "keys": {"count": 100}, "arrivals": {"process": "poisson", "rate": 150}}},
    "policies": {"a": {"balancer": {"type": "ring_hash", "key": {"cookie": "session"}}},
                 "b": {"balancer": {"type": "maglev", "key": {"header": "x-user"}}}}})");
  const Result<Scenario> scenario = read_scenario(file, {});
  INFO((scenario ? "" : scenario.error().message));
  REQUIRE(scenario);
  const World sim = simulated(scenario.value(), 5);
  const World real = played(folder, file, 5);
  REQUIRE(sim.calls.size() > 200);
  REQUIRE(real.calls.size() == sim.calls.size());
  std::size_t endpoints_seen = 0;
  for (std::size_t i = 0; i < sim.calls.size(); ++i) {
    CHECK(real.calls[i].endpoint == sim.calls[i].endpoint);
    endpoints_seen |= std::size_t{1} << sim.calls[i].endpoint;
  }
  CHECK(endpoints_seen == 0b11111);
}

}  // namespace
}  // namespace meshtwin
