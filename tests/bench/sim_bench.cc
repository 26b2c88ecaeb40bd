// How fast the native simulator is: requests a second, the time of a request beside that of a loop written by
// hand for the same model, and the memory at growing numbers of requests.
//
// Times are of the processor, not of the wall, and both programs take turns, so that other work on the
// machine falls on both; the ratio is the median of the rounds' ratios. Ends with 1 when a promised figure is
// missed.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "sim/simulation.h"
#include "tests/bench/hand_loop.h"

namespace meshtwin::bench {
namespace {

constexpr double kLargestRatio = 1.5;
constexpr double kLeastRequestsPerSecond = 3e6;
constexpr double kLargestGrowth = 1.05;  // of memory, from the fewest to the most requests

struct Shape {
  std::uint32_t servers = 100;
  std::uint32_t sidecars = 1;
};

Duration duration_of(double requests, const Shape& shape) {
  return Duration(static_cast<std::int64_t>(requests / (900.0 * shape.servers) * 1e9));
}

// The model of HandLoopModel as a scenario: servers at 90%, two choices, exponential service of 1 ms, 250 us
// each way.
Scenario scenario_of(double requests, const Shape& shape) {
  Scenario scenario;
  scenario.duration = duration_of(requests, shape);
  ServiceConfig service;
  service.name = "checkout";
  service.instances = shape.servers;
  service.service_time = Distribution::exponential(std::chrono::milliseconds(1));
  scenario.services.push_back(service);
  scenario.policies.emplace_back();
  ClientConfig client;
  client.name = "web";
  client.sidecars = shape.sidecars;
  client.arrivals = PoissonArrivals{900.0 * shape.servers};
  scenario.clients.push_back(client);
  scenario.network = NativeNetwork{Distribution::constant(std::chrono::microseconds(250))};
  return scenario;
}

double processor_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

struct Timing {
  double nanoseconds = 0;  // a request
  std::uint64_t requests = 0;
  double mean_ms = 0;
};

Timing time_simulation(const Scenario& scenario) {
  RunControl control;
  const double begin = processor_nanoseconds();
  const Replication run = Simulation(scenario, SimulationOptions{}).run(control);
  const double end = processor_nanoseconds();
  const ServiceTotals& totals = run.services.front();
  return {(end - begin) / static_cast<double>(totals.requests), totals.requests,
          to_milliseconds(totals.success_latency.mean())};
}

Timing time_hand_loop(double requests) {
  HandLoopModel model;
  model.duration = duration_of(requests, Shape{});
  const double begin = processor_nanoseconds();
  const HandLoopResult run = run_hand_loop(model);
  const double end = processor_nanoseconds();
  return {(end - begin) / static_cast<double>(run.requests), run.requests,
          to_milliseconds(run.latency.mean())};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

bool report(const char* what, bool reached) {
  std::printf("  %s: %s\n", what, reached ? "reached" : "MISSED");
  return reached;
}

// `promised`: the figures hold for this scenario, and the answer is whether they were reached.
bool compare_speed(const char* name, const Scenario& scenario, double requests, int rounds, bool promised) {
  std::vector<double> simulated;
  std::vector<double> by_hand;
  std::vector<double> ratios;
  Timing simulation;
  Timing loop;
  for (int round = 0; round < rounds; ++round) {
    const bool loop_first = round % 2 == 0;
    if (loop_first) loop = time_hand_loop(requests);
    simulation = time_simulation(scenario);
    if (!loop_first) loop = time_hand_loop(requests);
    simulated.push_back(simulation.nanoseconds);
    by_hand.push_back(loop.nanoseconds);
    ratios.push_back(simulation.nanoseconds / loop.nanoseconds);
  }
  const double rate = 1e9 / median(simulated);
  const double ratio = median(ratios);
  const auto [least, largest] = std::minmax_element(ratios.begin(), ratios.end());
  std::printf("%s: %d rounds of %.1f million requests\n", name, rounds,
              static_cast<double>(simulation.requests) * 1e-6);
  std::printf("  simulator %6.1f ns a request, %5.2f million requests/s, mean latency %.4f ms\n",
              median(simulated), rate * 1e-6, simulation.mean_ms);
  std::printf("  hand loop %6.1f ns a request, %5.2f million requests/s, mean latency %.4f ms\n",
              median(by_hand), 1e3 / median(by_hand), loop.mean_ms);
  std::printf("  ratio %.2f (%.2f to %.2f)\n", ratio, *least, *largest);
  if (!promised) return true;
  const bool fast = report("3 million requests/s", rate >= kLeastRequestsPerSecond);
  return report("at most 1.5 times the loop by hand", ratio <= kLargestRatio) && fast;
}

// The process' peak only ever grows, so equal numbers mean that more requests took no more memory.
bool compare_memory(const std::vector<double>& counts) {
  std::printf("Peak memory of the process\n");
  std::vector<double> peaks;
  for (const double count : counts) {
    time_simulation(scenario_of(count, Shape{}));
    peaks.push_back(peak_megabytes());
    std::printf("  %5.0f million requests: %.1f MiB\n", count * 1e-6, peaks.back());
  }
  return report("flat", peaks.back() <= peaks.front() * kLargestGrowth);
}

void measure_wide() {
  const Shape shape{100'000, 1'000};
  const double before = processor_nanoseconds();
  const Timing timing = time_simulation(scenario_of(5e6, shape));
  std::printf(
      "%u endpoints known to %u sidecars: %.1f million requests in %.1f s, set up included; peak %.0f MiB\n",
      shape.servers, shape.sidecars, static_cast<double>(timing.requests) * 1e-6,
      (processor_nanoseconds() - before) * 1e-9, peak_megabytes());
}

int run(int argc, char** argv) {
  CLI::App app("Speed and memory of the native simulator, beside a loop written by hand for the same model.");
  int rounds = 7;
  double requests = 1e6;
  bool full = false;
  bool wide = false;
  app.add_option("--rounds", rounds, "rounds of simulator and loop")->check(CLI::Range(1, 1000));
  app.add_option("--requests", requests, "requests a round")->check(CLI::Range(1e4, 1e9));
  app.add_flag("--full", full, "memory at 100 million requests, too");
  app.add_flag("--wide", wide, "100,000 endpoints and 1,000 sidecars, too");
  CLI11_PARSE(app, argc, argv);

  const Scenario plain = scenario_of(requests, Shape{});
  Scenario with_timeout = plain;
  with_timeout.policies.front().config.timeout = std::chrono::seconds(1);
  std::vector<double> counts{1e6, 1e7};
  if (full) counts.push_back(1e8);

  bool reached = compare_memory(counts);
  reached = compare_speed("Two choices among 100 servers", plain, requests, rounds, true) && reached;
  // The loop by hand knows no timeouts, so that this ratio has no bound.
  compare_speed("The same with a timeout of 1 s", with_timeout, requests, rounds, false);
  if (wide) measure_wide();
  return reached ? 0 : 1;
}

}  // namespace
}  // namespace meshtwin::bench

int main(int argc, char** argv) { return meshtwin::bench::run(argc, argv); }
