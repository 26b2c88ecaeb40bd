// Section 7: networks of queues.
#include <fmt/format.h>

#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

constexpr const char* kSection = "7 networks of queues";

// Services that hand a request on with a probability and keep no worker for it.
Scenario chain(const std::vector<Distribution>& times, const std::vector<std::uint32_t>& workers,
               const std::vector<double>& onward) {
  Scenario scenario;
  for (std::uint32_t i = 0; i < times.size(); ++i) {
    ServiceConfig service = servers(1, workers[i], times[i]);
    service.name = fmt::format("station{}", i + 1);
    service.calls_hold_worker = false;
    if (i + 1 < times.size()) service.calls = {{i + 1, onward[i]}};
    scenario.services.push_back(service);
  }
  scenario.policies.resize(times.size());
  scenario.clients.resize(1);
  scenario.clients[0].name = "client";
  return scenario;
}

// Users who think for a second on average, and three stations that each of their requests passes.
Experiment closed(std::uint32_t users, double throughput, double response) {
  using std::chrono::milliseconds;
  Scenario scenario = chain({Distribution::exponential(milliseconds(100)), Distribution::exponential(milliseconds(50)),
                             Distribution::exponential(milliseconds(20))},
                            {1, 1, 1}, {1, 1, 1});
  scenario.clients[0].arrivals = ClosedArrivals{users, Distribution::exponential(std::chrono::seconds(1))};
  scenario.warmup = std::chrono::seconds(100);
  scenario.duration = scenario.warmup + std::chrono::seconds(4000);
  const double measured_seconds = to_seconds(scenario.duration - scenario.warmup);
  const std::string source = "exact: mean value analysis";
  Check rate{"requests a second", source, ReferenceKind::exact, throughput, 0, {}};
  rate.measure = [measured_seconds](std::span<const Replication> runs) {
    double requests = 0;
    for (const Replication& run : runs) requests += static_cast<double>(run.services[0].requests);
    return requests / measured_seconds / static_cast<double>(runs.size());
  };
  return {kSection,
          fmt::format("closed network of three stations, {} users", users),
          scenario,
          20,
          false,
          {mean_check(response * 1e3, source), rate}};
}

// M/M/2 at 1,500 requests a second, and half of them go on to M/M/1.
Experiment jackson() {
  Scenario scenario = chain({Distribution::exponential(kMeanService), Distribution::exponential(kMeanService)}, {2, 1},
                            {.5});
  scenario.clients[0].arrivals = PoissonArrivals{1500};
  scenario.warmup = std::chrono::seconds(1);
  scenario.duration = std::chrono::seconds(61);
  const std::string source = "exact: Jackson, Operations Research 1957";
  // 1 / (1 - .75^2) at the first station, and 1 / (1 - .75) at the second one for half of the requests.
  return {kSection,
          "open network: M/M/2, half of it to M/M/1, each at load .75",
          scenario,
          20,
          true,
          {mean_check(1 / (1 - .5625) + .5 * 4, source),
           {"mean response time at the second station", source, ReferenceKind::exact, 4, 0,
            [](std::span<const Replication> runs) { return mean_of_all(runs, 1); }},
           {"requests at the second station for each at the first", source, ReferenceKind::exact, .5, 0,
            [](std::span<const Replication> runs) {
              double first = 0;
              double second = 0;
              for (const Replication& run : runs) {
                first += static_cast<double>(run.services[0].requests);
                second += static_cast<double>(run.services[1].requests);
              }
              return second / first;
            }}}};
}

}  // namespace

std::vector<Experiment> network_experiments() {
  return {closed(10, 7.4089, .34972), closed(20, 9.9292, 1.01426), closed(50, 10.0, 4.0), jackson()};
}

}  // namespace meshtwin
