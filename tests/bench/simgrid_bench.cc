// What a run on the SimGrid model costs beside SimGrid alone carrying the very same flows.
//
// A scenario is run once to record its flows: from where to where, when, how many bytes. Then runs of the
// whole simulation (policy core, servers, statistics, network) alternate with runs of SimGrid alone, in which
// one actor sleeps to each flow's start and sends it detached. Every run has a process of its own; times are
// of its processor.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <simgrid/s4u.hpp>

#include "sim/network/simgrid/flow_network.h"
#include "sim/network/simgrid/host_assignment.h"
#include "sim/network/simgrid/platform.h"
#include "sim/run/worker_process.h"
#include "sim/simulation.h"

namespace meshtwin::bench {
namespace {

constexpr std::size_t kRuns = 5;
constexpr std::uint32_t kPairs = 50;  // of a sidecar and an instance, each on a host of its own
constexpr double kBitsPerSecond = 1e9;
constexpr std::uint64_t kResponse = 20'000;

struct Flow {
  double start = 0;
  NodeId from = 0, to = 0;
  double bytes = 0;
};

// `load`: of each host's link towards the clients.
Scenario scenario_of(double load, double flows) {
  const double rate = load * kPairs * kBitsPerSecond / (8 * kResponse);
  Scenario scenario;
  scenario.duration = Duration(static_cast<std::int64_t>(flows / 2 / rate * 1e9));
  ServiceConfig& service = scenario.services.emplace_back();
  service.name = "service";
  service.instances = kPairs;
  service.concurrency = 100;
  service.service_time = Distribution::exponential(std::chrono::microseconds(100));
  service.response_bytes = kResponse;
  scenario.policies.resize(1);
  scenario.clients = {{"client", kPairs, 0, PoissonArrivals{rate}}};
  SimgridNetwork network;
  network.zones = {{"zone", 2 * kPairs, {kBitsPerSecond, std::chrono::microseconds(125)}, {}}};
  scenario.network = network;
  return scenario;
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class T>
T check(Result<T> result) {
  if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str()), std::exit(1);
  return std::move(result).value();
}

// The network of a simulation, which notes what is sent and where.
class RecordingNetwork final : public Network {
 public:
  RecordingNetwork(std::unique_ptr<Network> network, std::vector<Flow>& flows)
      : network_(std::move(network)), flows_(flows) {}
  void add_node(NodeId node, const std::string& party, std::uint32_t ordinal) override {
    network_->add_node(node, party, ordinal);
  }
  void send(Time now, const Message& message) override {
    flows_.push_back(
        {to_seconds(now.time_since_epoch()), message.from, message.to, static_cast<double>(message.bytes)});
    network_->send(now, message);
  }
  bool take_back(Time now, std::uint32_t request, std::uint32_t generation) override {
    return network_->take_back(now, request, generation);
  }
  bool advance(Time limit) override { return network_->advance(limit); }
  bool has_own_clock() const override { return true; }

 private:
  std::unique_ptr<Network> network_;
  std::vector<Flow>& flows_;
};

std::vector<Flow> record(const Scenario& scenario) {
  const std::string bytes = check(run_in_child([&]() -> Result<std::string> {
    std::vector<Flow> flows;
    SimulationOptions options;
    options.network = [&](const Scenario& s, EventQueue& queue) {
      return std::make_unique<RecordingNetwork>(check(make_flow_network(s, queue, false)), flows);
    };
    RunControl control;
    Simulation(scenario, options).run(control);
    return std::string(reinterpret_cast<const char*>(flows.data()), flows.size() * sizeof(Flow));
  }));
  std::vector<Flow> flows(bytes.size() / sizeof(Flow));
  std::memcpy(flows.data(), bytes.data(), bytes.size());
  return flows;
}

double seconds_in_child(const std::function<double()>& measure) {
  return std::strtod(
      check(run_in_child([&]() -> Result<std::string> { return std::to_string(measure()); })).c_str(),
      nullptr);
}

double time_of_simulation(const Scenario& scenario) {
  return seconds_in_child([&] {
    SimulationOptions options;
    options.network = [](const Scenario& s, EventQueue& queue) {
      return check(make_flow_network(s, queue, false));
    };
    Simulation simulation(scenario, options);
    RunControl control;
    const double before = processor_seconds();
    simulation.run(control);
    return processor_seconds() - before;
  });
}

double time_of_simgrid(const Scenario& scenario, const std::vector<Flow>& flows) {
  namespace s4u = simgrid::s4u;
  return seconds_in_child([&] {
    const Platform platform = check(make_platform(std::get<SimgridNetwork>(scenario.network)));
    const HostAssignment assignment = check(HostAssignment::make(scenario, platform));
    // Nodes are numbered as the simulation does: instances, then sidecars.
    std::vector<s4u::Host*> hosts;
    for (const char* party : {"service", "client"}) {
      for (std::uint32_t i = 0; i < kPairs; ++i) hosts.push_back(assignment.host(party, i));
    }
    s4u::Actor::create("sender", hosts[0], [&] {
      for (const Flow& flow : flows) {
        s4u::this_actor::sleep_until(flow.start);
        const s4u::CommPtr comm = s4u::Comm::sendto_init();
        comm->set_payload_size(static_cast<std::uint64_t>(flow.bytes));
        comm->set_source(hosts[flow.from]);
        comm->detach();
        comm->set_destination(hosts[flow.to]);
      }
    });
    const double before = processor_seconds();
    platform.engine->run();
    return processor_seconds() - before;
  });
}

double median(std::array<double, kRuns> values) {
  std::sort(values.begin(), values.end());
  return values[kRuns / 2];
}

void compare(double load, double flow_count) {
  const Scenario scenario = scenario_of(load, flow_count);
  const std::vector<Flow> flows = record(scenario);
  std::array<double, kRuns> ours{}, bare{}, ratio{};
  for (std::size_t i = 0; i < kRuns; ++i) {
    ours[i] = time_of_simulation(scenario);
    bare[i] = time_of_simgrid(scenario, flows);
    ratio[i] = ours[i] / bare[i];
  }
  const double per_flow = 1e6 / static_cast<double>(flows.size());
  std::printf("%5.2f %8zu %12.2f %12.2f %8.2f\n", load, flows.size(), median(ours) * per_flow,
              median(bare) * per_flow, median(ratio));
  std::fflush(stdout);
}

}  // namespace
}  // namespace meshtwin::bench

int main() {
  std::printf("medians of %zu alternating runs, microseconds of processor time a flow\n",
              meshtwin::bench::kRuns);
  std::printf(" load    flows    simulation  SimGrid alone  ratio\n");
  meshtwin::bench::compare(0.1, 200'000);
  meshtwin::bench::compare(0.3, 200'000);
  meshtwin::bench::compare(0.5, 50'000);
}
