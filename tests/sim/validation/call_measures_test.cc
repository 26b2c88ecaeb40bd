#include "sim/validation/call_measures.h"

#include <catch2/catch.hpp>

#include "sim/simulation.h"
#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

using std::chrono::seconds;

LoggedCall call(std::uint32_t client, std::uint32_t number, int due, int latency, EndpointIndex endpoint) {
  LoggedCall out;
  out.client = client;
  out.number = number;
  out.due = Time(seconds(due));
  out.finished = true;
  out.latency = seconds(latency);
  out.endpoint = endpoint;
  return out;
}

CallLog simulated(const Scenario& scenario, std::uint64_t seed) {
  CallLog log;
  SimulationOptions options;
  options.seed = seed;
  options.call_log = &log;
  RunControl control;
  Simulation(scenario, options).run(control);
  return log;
}

TEST_CASE("Queue lengths are averaged over the measured time, for each client's service") {
  Scenario scenario;
  add_contender(scenario, servers(2, 1), RandomConfig{}, PoissonArrivals{1});
  add_contender(scenario, servers(1, 1), RandomConfig{}, PoissonArrivals{1});
  scenario.duration = seconds(10);
  const CallLog calls{call(0, 0, 0, 4, 0), call(0, 1, 2, 4, 0), call(0, 2, 8, 4, 1), call(1, 0, 1, 1, 0)};
  const auto all = shares_of_long_queues({scenario, 1, calls}, {1, 2, 3});
  REQUIRE(all.size() == 2);
  // One of two instances from 0 to 6 and the other from 8 on; two requests inside from 2 to 4.
  CHECK(all[0] == std::vector{8.0 / 20, 2.0 / 20, 0.0});
  CHECK(all[1] == std::vector{1.0 / 10, 0.0, 0.0});
  scenario.warmup = seconds(3);
  const auto late = shares_of_long_queues({scenario, 1, calls}, {1, 2});
  CHECK(late[0] == std::vector{5.0 / 14, 1.0 / 14});
  CHECK(late[1] == std::vector{0.0, 0.0});
}

TEST_CASE("What a call demands follows from the seed: alone, that is all it takes") {
  const Scenario wide = station(servers(1, 1000), {.01, 2000, 0}, RandomConfig{}, 1);
  const CallLog calls = simulated(wide, 7);
  const CallsOfRun run{wide, 7, calls};
  REQUIRE(calls.size() > 1500);
  for (const LoggedCall& one : calls) REQUIRE(one.latency == demand_of(run, one));
  CHECK(share_that_waited(run) == 0);
  CHECK(response_at_size(run, services(1)) == Approx(1));
}

TEST_CASE("Calls that wait take longer than they demand, and only those") {
  const Scenario narrow = station(servers(1, 1), {.5, 20'000, 100}, RandomConfig{}, 1);
  const CallLog calls = simulated(narrow, 8);
  const CallsOfRun run{narrow, 8, calls};
  Time free{};
  double waited = 0;
  double all = 0;
  for (const LoggedCall& one : calls) {
    const Time begun = std::max(free, one.due);
    free = begun + demand_of(run, one);
    REQUIRE(one.due + one.latency == free);
    if (one.due < Time(narrow.warmup)) continue;
    ++all;
    if (begun > one.due) ++waited;
  }
  CHECK(share_that_waited(run) == waited / all);
  CHECK(share_that_waited(run) == Approx(.5).margin(.03));
}

}  // namespace
}  // namespace meshtwin
