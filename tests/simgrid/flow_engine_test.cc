// Flows against times worked out by hand. 100 kB over 10 ms and 1 Mbps take 0.01 s + 0.8 s.
#include <catch2/catch.hpp>

#include "tests/simgrid/flow_script.h"
#include "tests/simgrid/platform_files.h"

using namespace meshtwin;
using namespace meshtwin::testing;
using namespace std::chrono_literals;
using Ends = std::vector<std::int64_t>;

namespace {

SimgridNetwork slow_star(std::uint32_t hosts = 4) { return star(hosts, 1e6, 10ms); }

}  // namespace

TEST_CASE("a flow alone takes its latency and its bytes by the bandwidth") {
  CHECK(ends_of(slow_star(), {{0ms, "z/0", "z/1", 100'000, {}}}) == Ends{810'000'000});
  CHECK(ends_of(slow_star(), {{123'456'789ns, "z/0", "z/1", 1, {}}}) == Ends{123'456'789 + 10'008'000});
}

TEST_CASE("two flows on one link get half each") {
  CHECK(ends_of(slow_star(), {{0ms, "z/0", "z/1", 100'000, {}}, {0ms, "z/0", "z/2", 100'000, {}}}) ==
        Ends{1'610'000'000, 1'610'000'000});
  SECTION("for as long as both are under way") {
    // The first sends 50 kB alone until 0.41 s, the other half at half the rate until 1.21 s.
    CHECK(ends_of(slow_star(), {{0ms, "z/0", "z/1", 100'000, {}}, {400ms, "z/2", "z/1", 100'000, {}}}) ==
          Ends{1'210'000'000, 1'610'000'000});
  }
}

TEST_CASE("flows in the two directions of a link don't contend") {
  CHECK(ends_of(slow_star(), {{0ms, "z/0", "z/1", 100'000, {}}, {0ms, "z/1", "z/0", 100'000, {}}}) ==
        Ends{810'000'000, 810'000'000});
}

TEST_CASE("all traffic of a zone shares its backbone") {
  SimgridNetwork network = slow_star();
  network.zones[0].backbone = LinkConfig{1e6, 0ms};
  const Ends ends = ends_of(network, {{0ms, "z/0", "z/1", 100'000, {}}, {0ms, "z/3", "z/2", 100'000, {}}});
  // A link takes at least a nanosecond.
  CHECK(ends == Ends{1'610'000'001, 1'610'000'001});
}

TEST_CASE("routes join zones, over other zones where they have none of their own") {
  SimgridNetwork network;
  for (const char* zone : {"a", "b", "c"})
    network.zones.push_back({zone, 2, {1e9, 1ms}, LinkConfig{1e9, 1ms}});
  network.routes = {{"a", "b", {1e6, 10ms}}, {"b", "c", {1e6, 20ms}}};
  const Ends ends = ends_of(network, {{0s, "a/0", "b/1", 100'000, {}},
                                      {10s, "a/0", "c/1", 100'000, {}},
                                      {20s, "c/0", "a/0", 100'000, {}},
                                      {30s, "a/0", "b/0", 100'000, {}},
                                      {30s, "b/0", "a/0", 100'000, {}}});
  // Own link and backbone at either end, the routes between, and not the backbone of the zone passed.
  CHECK(ends == Ends{814'000'000, 10'834'000'000, 20'834'000'000, 30'814'000'000, 30'814'000'000});
}

TEST_CASE("the factors scale latency and bandwidth") {
  SimgridNetwork network = slow_star();
  network.latency_factor = 13.01;
  network.bandwidth_factor = 0.97;
  // 0.01 * 13.01 + 0.8 / 0.97. SimGrid's LV08 has 0.996079 where one link carries both directions, since it
  // also charges 5 % of reverse traffic: 0.1301 + 0.8 * 1.05 / 0.97.
  CHECK(ends_of(network, {{0ms, "z/0", "z/1", 100'000, {}}}) == Ends{954'842'268});
}

TEST_CASE("no window bounds a flow over a long path") {
  CHECK(ends_of(star(2, 1e9, 50s), {{0s, "z/0", "z/1", 125'000'000, {}}}) == Ends{51'000'000'000});
}

TEST_CASE("flows share a link by the inverse of their path's latency and capacity") {
  SimgridNetwork network;
  network.zones = {{"a", 2, {1e9, 5ms}, {}}, {"b", 1, {1e9, 5ms}, {}}};
  network.routes = {{"a", "b", {1e9, 10ms}}};
  // Weights: latency + 20537 bytes by the bandwidth, for each link. 10 ms and two links against 20 ms and
  // three.
  const double near = 0.010 + 2 * 20537 / 1.25e8, far = 0.020 + 3 * 20537 / 1.25e8;
  const double near_share = 1.25e8 * far / (near + far);
  // Measured from 20 ms on, when both transfer; the near one has had 10 ms alone.
  const double near_end = 0.020 + (12'500'000 - 1.25e8 * 0.010) / near_share;
  const Ends ends =
      ends_of(network, {{0s, "a/0", "a/1", 12'500'000, {}}, {0s, "a/0", "b/0", 125'000'000, {}}});
  CHECK(static_cast<double>(ends[0]) * 1e-9 == Approx(near_end).epsilon(1e-6));
}

TEST_CASE("a path without latency neither starves nor is starved") {
  const Ends ends =
      ends_of(star(3, 1e6, 0ms), {{0s, "z/0", "z/1", 100'000, {}}, {0s, "z/0", "z/2", 100'000, {}}});
  CHECK(ends == Ends{1'600'000'002, 1'600'000'002});
  SimgridNetwork mixed;
  mixed.zones = {{"a", 2, {1e9, 0ms}, {}}, {"b", 1, {1e9, 0ms}, {}}};
  mixed.routes = {{"a", "b", {1e9, 1ms}}};
  const Ends mixed_ends =
      ends_of(mixed, {{0s, "a/0", "a/1", 12'500'000, {}}, {0s, "a/0", "b/0", 12'500'000, {}}});
  // Alone either takes 0.1 s; both together are through after 0.2 s.
  CHECK(mixed_ends[0] > 110'000'000);
  CHECK(mixed_ends[0] < 150'000'000);
  CHECK(mixed_ends[1] == Approx(200'000'000).epsilon(0.001));
}

TEST_CASE("inside a host nothing but the loopback's 10 GB/s passes") {
  CHECK(ends_of(slow_star(), {{0ms, "z/0", "z/0", 100'000, {}}, {0ms, "z/0", "z/0", 100'000, {}}}) ==
        Ends{10'000, 10'000});
}

TEST_CASE("a cancelled flow frees its share at that instant") {
  // By 0.41 s each has sent 25 kB; the other 75 kB of the first then take 0.6 s.
  CHECK(ends_of(slow_star(), {{0ms, "z/0", "z/1", 100'000, {}}, {0ms, "z/0", "z/1", 100'000, 410ms}}) ==
        Ends{1'010'000'000, kNone});
  SECTION("several at once, during the latency, and at their very start") {
    CHECK(ends_of(slow_star(), {{0ms, "z/0", "z/1", 100'000, {}},
                                {0ms, "z/0", "z/1", 100'000, 410ms},
                                {405ms, "z/0", "z/1", 100'000, 410ms},
                                {410ms, "z/0", "z/1", 100'000, 410ms},
                                {410ms, "z/0", "z/1", 100'000, 415ms}}) ==
          Ends{1'010'000'000, kNone, kNone, kNone, kNone});
  }
  SECTION("but not once it has ended") {
    CHECK(ends_of(slow_star(), {{0ms, "z/0", "z/1", 100'000, 810ms}}) == Ends{810'000'000});
    CHECK(ends_of(slow_star(), {{0ms, "z/0", "z/1", 100'000, 900ms}, {0ms, "z/2", "z/3", 100'000, {}}}) ==
          Ends{810'000'000, 810'000'000});
  }
}

TEST_CASE("events of the simulation between changes of flows don't move their ends") {
  std::vector<Duration> looks;
  for (int i = 0; i < 200; ++i) looks.push_back(i * 7'777'777ns);
  CHECK(ends_of(slow_star(), {{0ms, "z/0", "z/1", 100'000, {}}, {400ms, "z/2", "z/1", 100'000, {}}}, looks) ==
        Ends{1'210'000'000, 1'610'000'000});
}

TEST_CASE("links may change after a profile of the platform file") {
  SimgridNetwork network;
  const PlatformFiles files;
  std::vector<Duration> looks;
  for (int i = 0; i < 10; ++i) looks.push_back(i * 100ms);
  SECTION("their bandwidth") {
    files.write("half.bw", "0.2 62500\n");
    network.platform_file = files.platform(R"(bandwidth_file="half.bw")");
    // 23.75 kB by 0.2 s, 76.25 kB at half the rate.
    CHECK(ends_of(network, {{0ms, "a", "b", 100'000, {}}}, looks) == Ends{1'420'000'000});
    CHECK(ends_of(network, {{0ms, "a", "b", 100'000, {}}}) == Ends{1'420'000'000});
  }
  SECTION("their state: flows over a link that is off are lost") {
    files.write("off.state", "0.2 0\n0.6 1\n");
    network.platform_file = files.platform(R"(state_file="off.state")");
    CHECK(ends_of(network,
                  {{0ms, "a", "b", 1'000, {}},
                   {100ms, "a", "b", 100'000, {}},
                   {400ms, "a", "b", 100'000, {}},
                   {700ms, "a", "b", 100'000, {}}},
                  looks) == Ends{18'000'000, kLost, kLost, 1'510'000'000});
  }
}
