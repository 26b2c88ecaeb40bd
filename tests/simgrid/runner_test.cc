// Whole scenarios on the SimGrid model, against the native model and against predictions.
#include <catch2/catch.hpp>

#include "core/results/replication_codec.h"
#include "sim/cli/files.h"
#include "sim/network/simgrid/simgrid_runner.h"
#include "tests/simgrid/flow_script.h"
#include "tests/simgrid/platform_files.h"

using namespace meshtwin;
using namespace meshtwin::testing;
using namespace std::chrono_literals;

namespace {

ServiceConfig service(const std::string& name, std::uint32_t instances, Distribution service_time) {
  ServiceConfig config;
  config.name = name;
  config.instances = instances;
  config.service_time = service_time;
  return config;
}

// Poisson calls to eight instances, on links of the given bandwidth whose paths take 250 us.
Scenario eight_instances(double bits_per_second) {
  Scenario scenario;
  scenario.seed = 7;
  scenario.duration = 5s;
  scenario.services = {service("checkout", 8, Distribution::exponential(2ms))};
  scenario.policies.resize(1);
  scenario.clients = {{"web", 2, 0, PoissonArrivals{2000}}};
  scenario.network = star(16, bits_per_second, 250us);
  return scenario;
}

Scenario on_native_network(Scenario scenario) {
  scenario.network = NativeNetwork{Distribution::constant(250us)};
  return scenario;
}

std::vector<Replication> run(const Scenario& scenario, std::uint32_t replications = 1,
                             unsigned parallel = 1) {
  RunPlan plan;
  plan.seeds = replication_seeds(scenario.seed, replications);
  plan.parallel = parallel;
  plan.series = true;
  RunMonitor monitor(plan.seeds.size());
  auto runs = runner_for(scenario)(scenario, plan, monitor);
  INFO((runs ? "" : runs.error().message));
  REQUIRE(runs.ok());
  return std::move(runs).value();
}

std::string error_of(const Scenario& scenario) {
  RunPlan plan;
  plan.seeds = {1};
  RunMonitor monitor(1);
  const auto runs = runner_for(scenario)(scenario, plan, monitor);
  return runs ? "" : runs.error().message;
}

LatencySummary latency(const Replication& replication, std::size_t service = 0) {
  return summarize(replication.services[service].success_latency);
}

std::vector<std::string> encoded(const std::vector<Replication>& replications) {
  std::vector<std::string> out;
  for (const Replication& replication : replications) out.push_back(encode(replication));
  return out;
}

}  // namespace

TEST_CASE("on links too fat to be felt, the SimGrid model is the native one to the nanosecond") {
  const Scenario scenario = eight_instances(1e15);
  const auto simgrid = run(scenario);
  CHECK(encoded(simgrid) == encoded(run(on_native_network(scenario))));
  CHECK(simgrid[0].services[0].requests > 9000);
}

TEST_CASE("handshakes take the latency of their path, as on the native network") {
  Scenario scenario = eight_instances(1e15);
  scenario.faults = {{.at = Time(1s), .lasts = 1s, .service = 0, .instance = 3, .kind = CrashFault{}}};
  const ConnectionType type =
      GENERATE(ConnectionType::pooled, ConnectionType::single, ConnectionType::short_lived);
  scenario.clients[0].connections = ConnectionsConfig{.type = type, .handshake_round_trips = 2, .idle_timeout = 5ms};
  const auto simgrid = run(scenario);
  CHECK(encoded(simgrid) == encoded(run(on_native_network(scenario))));
  CHECK(simgrid[0].services[0].connections_opened > 8);
  if (type == ConnectionType::short_lived) CHECK(simgrid[0].services[0].success_latency.min() >= 1500us);
}

TEST_CASE("uncontended, both models agree within 0.1%") {
  Scenario scenario = eight_instances(40e9);
  // One whose choices no microsecond sooner or later can change.
  scenario.policies[0].config.balancer = RandomConfig{};
  const LatencySummary simgrid = latency(run(scenario)[0]),
                       native = latency(run(on_native_network(scenario))[0]);
  CHECK(simgrid.mean == Approx(native.mean).epsilon(0.001));
  CHECK(simgrid.p50 == Approx(native.p50).epsilon(0.001));
  CHECK(simgrid.p90 == Approx(native.p90).epsilon(0.001));
  CHECK(simgrid.p99 == Approx(native.p99).epsilon(0.001));
  // It is not the native model that ran: 2000 bytes have to be sent.
  CHECK(simgrid.mean > native.mean);
}

TEST_CASE("users in a closed loop wait for the link that their answers share") {
  Scenario scenario = eight_instances(1e9);
  scenario.warmup = 1s;
  scenario.services[0].service_time = Distribution::constant(0ns);
  scenario.services[0].response_bytes = 125'000;
  scenario.clients = {{"web", 1, 0, ClosedArrivals{1, Distribution::constant(0ns)}}};
  // Alone: 250 us there, 8 us of request, 250 us back, 1 ms of answer.
  CHECK(latency(run(scenario)[0]).mean == Approx(1.508).epsilon(1e-6));
  std::get<ClosedArrivals>(scenario.clients[0].arrivals).users = 20;
  // They go in step: 20 requests share the client's link, then 20 answers do.
  CHECK(latency(run(scenario)[0]).mean == Approx(20.66).epsilon(1e-6));
}

TEST_CASE("open-loop answers share a link as in a processor-sharing queue") {
  Scenario scenario = eight_instances(1e9);
  scenario.duration = 100s;
  scenario.services[0].service_time = Distribution::constant(0ns);
  scenario.services[0].response_bytes = 125'000;
  scenario.clients = {{"web", 1, 0, PoissonArrivals{500}}};
  // M/G/1-PS: 1 ms / (1 - 0.5), beside 0.5 ms of latency and 8 us of request.
  CHECK(latency(run(scenario)[0]).mean == Approx(0.508 + 2).epsilon(0.02));
}

TEST_CASE("one seed, one result, in one process or in two at a time") {
  Scenario scenario = eight_instances(100e6);
  scenario.duration = 1s;
  const auto one_by_one = run(scenario, 3, 1);
  CHECK(encoded(one_by_one) == encoded(run(scenario, 3, 2)));
  CHECK(one_by_one[0].seed == scenario.seed);
  CHECK(encode(one_by_one[0]) != encode(one_by_one[1]));
}

TEST_CASE("a call given up frees the bandwidth of its answer") {
  Scenario scenario;
  scenario.duration = 1s;
  scenario.services = {service("bulk", 1, Distribution::constant(0ns)),
                       service("small", 1, Distribution::constant(0ns))};
  scenario.services[0].response_bytes = 12'500'000;
  scenario.services[1].response_bytes = 1'250'000;
  scenario.policies.resize(2);
  scenario.policies[0].config.timeout = 20ms;
  scenario.clients = {{"a", 1, 0, TraceArrivals{"", {Time(0ms)}}},
                      {"b", 1, 1, TraceArrivals{"", {Time(30ms)}}}};
  SimgridNetwork network = star(3, 1e9, 250us);
  network.placement = {{"a", {"z/0"}}, {"b", {"z/0"}}, {"bulk", {"z/1"}}, {"small", {"z/2"}}};
  scenario.network = network;
  // 10 ms of answer alone, 20 ms beside an answer of 100 ms.
  const auto expected = [](double answer_ms) { return Approx(0.508 + answer_ms).epsilon(1e-6); };
  scenario.services[0].on_cancel = OnCancel::stop;
  const auto stopped = run(scenario);
  CHECK(stopped[0].services[0].failures[static_cast<std::size_t>(FailureKind::timeout)] == 1);
  CHECK(latency(stopped[0], 1).mean == expected(10));
  scenario.services[0].on_cancel = OnCancel::finish;
  CHECK(latency(run(scenario)[0], 1).mean == expected(20));
}

TEST_CASE("timeouts and retries leave nothing behind under overload") {
  // Half of the clients' links without retries, and too much with them. Calls are given up on the way there,
  // in the server and on the way back.
  Scenario scenario = eight_instances(100e6);
  scenario.duration = 2s;
  scenario.clients[0].arrivals = PoissonArrivals{1000};
  scenario.services[0].request_bytes = scenario.services[0].response_bytes = 12'500;
  PolicyConfig& policy = scenario.policies[0].config;
  policy.timeout = 20ms;
  policy.retry = {3, 5ms, RetryOn::timeout | RetryOn::reset, RetryHost::other, NoBackoff{}, NoRetryBudget{}};
  const auto runs = run(scenario);
  const ServiceTotals& totals = runs[0].services[0];
  std::uint64_t ended = totals.successes;
  for (const std::uint64_t failures : totals.failures) ended += failures;
  CHECK(totals.failures[kUnfinished] == 0);
  CHECK(ended == totals.requests);
  CHECK(totals.failures[static_cast<std::size_t>(FailureKind::timeout)] > 100);
  CHECK(totals.successes > 100);
  CHECK(encoded(runs) == encoded(run(scenario)));
}

TEST_CASE("a path that breaks resets connections") {
  const PlatformFiles files;
  files.write("off.state", "1 0\n2 1\n");
  Scenario scenario;
  scenario.duration = 3s;
  scenario.services = {service("checkout", 1, Distribution::constant(1ms))};
  scenario.policies.resize(1);
  scenario.clients = {{"web", 1, 0, DeterministicArrivals{10}}};
  SimgridNetwork network;
  network.platform_file = files.platform(R"(state_file="off.state")");
  network.placement = {{"web", {"a"}}, {"checkout", {"b"}}};
  scenario.network = network;
  const auto runs = run(scenario);
  const ServiceTotals& totals = runs[0].services[0];
  const std::uint64_t resets = totals.failures[static_cast<std::size_t>(FailureKind::reset)];
  CHECK(resets >= 9);
  CHECK(resets <= 11);
  CHECK(totals.successes + resets == totals.requests);
}

TEST_CASE("an interrupt brings the results so far from the processes") {
  Scenario scenario = eight_instances(1e9);
  scenario.duration = 1'000'000s;
  RunPlan plan;
  plan.seeds = replication_seeds(1, 3);
  RunMonitor monitor(plan.seeds.size(), [](RunMonitor& m) {
    if (m.simulated() > 0s) m.stop_all();
  });
  const auto runs = runner_for(scenario)(scenario, plan, monitor);
  REQUIRE(runs.ok());
  // Two were never begun.
  REQUIRE(runs.value().size() == 1);
  const Replication& result = runs.value()[0];
  CHECK(result.partial);
  CHECK(result.ended_at > Time{});
  CHECK(result.ended_at < Time(scenario.duration));
  CHECK(result.services[0].successes > 0);
}

TEST_CASE("what is wrong with the network is one line with its place in the scenario") {
  Scenario scenario = eight_instances(1e9);
  auto& network = std::get<SimgridNetwork>(scenario.network);
  SECTION("zones") {
    network.zones[0].link.bits_per_second = 0;
    CHECK(
        error_of(scenario).starts_with("$.network.platform.zones.z.link.bandwidth: 0 bits per second isn't"));
    network.zones[0].link = {1e9, -1ns};
    CHECK(error_of(scenario).starts_with("$.network.platform.zones.z.link.latency: -1 ns is negative"));
    network.zones[0].link = {1e9, 0ns};
    network.zones[0].hosts = 0;
    CHECK(error_of(scenario).starts_with("$.network.platform.zones.z.hosts: 0 hosts"));
    network.zones.clear();
    CHECK(error_of(scenario).starts_with("$.network.platform: there is no zone"));
  }
  SECTION("factors") {
    network.latency_factor = -1;
    CHECK(error_of(scenario).starts_with("$.network.latency_factor: -1 isn't a factor"));
  }
  SECTION("routes") {
    network.zones.push_back({"y", 1, {1e9, 1ms}, {}});
    network.placement = {{"checkout", {"y"}}, {"web", {"z"}}};
    CHECK(error_of(scenario).starts_with(
        "$.network.platform: there is no route from host z/0, where web is, to host y/0, where checkout is"));
    network.routes = {{"z", "x", {1e9, 1ms}}};
    CHECK(error_of(scenario) == "$.network.platform.routes[0]: there is no zone \"x\"");
    network.routes = {{"z", "y", {-1, 1ms}}};
    CHECK(error_of(scenario).starts_with("$.network.platform.routes[0].link.bandwidth: -1"));
  }
  SECTION("placement") {
    network.placement = {{"web", {"z/16"}}};
    CHECK(error_of(scenario) ==
          "$.network.placement.web: there is no host or zone \"z/16\" in the platform; its hosts are z/0 to "
          "z/15");
    network.placement = {{"wob", {"z/1"}}};
    CHECK(error_of(scenario) == "$.network.placement.wob: there is no client or service of this name");
    network.placement = {{"web", {}}};
    CHECK(error_of(scenario).starts_with("$.network.placement.web: it names no host"));
  }
  SECTION("duration") {
    scenario.duration = std::chrono::hours(24 * 200);
    CHECK(error_of(scenario).starts_with("$.duration: 17280000 s is too long"));
  }
}

TEST_CASE("what is wrong with a platform file is one line with the file's name") {
  Scenario scenario = eight_instances(1e9);
  scenario.clients[0].arrivals = PoissonArrivals{10};
  const PlatformFiles files;
  auto& network = std::get<SimgridNetwork>(scenario.network);
  const std::string head = PlatformFiles::kHead;
  const auto error = [&](const std::string& file) {
    network.platform_file = file;
    const std::string message = error_of(scenario);
    CHECK(message.find('\n') == std::string::npos);
    const std::string start = "$.network.platform: " + file + ": ";
    return message.starts_with(start) ? message.substr(start.size()) : "without the file's name: " + message;
  };
  CHECK(error_of(scenario).empty());
  CHECK(error("/nowhere/x.xml").starts_with("it can't be read"));
  CHECK(error(files.write("p.xml", "hello")).find("Unexpected character `h'") != std::string::npos);
  CHECK(error(files.write("p.xml", "")).find("EOF in prolog") != std::string::npos);
  CHECK(error(files.write("p.xml", head + "<zone id=\"z\" routing=\"Full\">")).find("Premature EOF") !=
        std::string::npos);
  CHECK(error(files.write("p.xml", head + "<zone id=\"z\" routing=\"Full\"/></platform>")) ==
        "it has no host");
  CHECK(error(files.write("p.xml", head + "<zone id=\"z\" routing=\"Odd\"/></platform>")) ==
        "Not a valid model!");
  CHECK(error(files.platform("", R"(<link id="l" bandwidth="1Mbps" latency="1ms"/>)"))
            .find("declared several times") != std::string::npos);
  CHECK(error(files.platform("bandwidth_file=\"none.bw\"")).starts_with("Cannot open file 'none.bw'"));
  CHECK(error(files.platform("", R"(<link id="m" bandwidth="0" latency="1ms"/>)"))
            .starts_with("link m has a bandwidth of 0 bytes"));
  CHECK(error(files.platform("", R"(<link id="m" bandwidth="1Mbps" latency="-1s"/>)"))
            .starts_with("link m has a latency"));
  CHECK(error(files.write("p.xml", head + R"(<zone id="z" routing="Full"><host id="a" speed="1"/></zone>
<actor host="a" function="f"/></platform>)"))
            .starts_with("it describes actors"));
  CHECK(error(files.platform("", R"(<host id="c" speed="1Gf"/>)"))
            .starts_with("there is no route from host a, where web is, to host c, where checkout is"));
  network.placement = {{"web", {"a"}}, {"checkout", {"b"}}};
  CHECK(error(files.platform("", R"(<!-- <actor> --><host id="c" speed="1Gf"/>)")).find("without") == 0);
  CHECK(error_of(scenario).empty());
}

TEST_CASE("the path of a platform file counts from the scenario's folder") {
  const PlatformFiles files;
  files.platform("");
  const std::string file = files.write("scenario.json", R"({
    "name": "here", "duration": "1s", "services": {"checkout": {"service_time": "1ms"}},
    "clients": {"web": {"calls": "checkout", "arrivals": {"process": "poisson", "rate": 10}}},
    "network": {"model": "simgrid", "platform": "platform.xml", "placement": {"web": "a", "checkout": "b"}}})");
  const Result<Scenario> scenario = load_scenario(file, {});
  INFO((scenario ? "" : scenario.error().message));
  REQUIRE(scenario.ok());
  // 10 ms and 8 ms for 1000 bytes, each way, and 1 ms.
  CHECK(latency(run(scenario.value())[0]).p50 == Approx(37).epsilon(0.01));
}
