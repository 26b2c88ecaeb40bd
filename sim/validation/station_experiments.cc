// Section 1: one station.
#include <cmath>

#include <fmt/format.h>

#include "core/models/queueing.h"
#include "sim/validation/call_measures.h"
#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

constexpr const char* kSection = "1 one station";

Distribution of_variation(double cv2) {
  if (cv2 == 0) return Distribution::constant(kMeanService);
  if (cv2 == 1) return Distribution::exponential(kMeanService);
  return Distribution::hyperexponential(kMeanService, std::sqrt(cv2));
}

Experiment one_server() {
  const std::string source = "exact: exponential of rate mu - lambda";
  return {kSection,
          "M/M/1, load .8",
          station(servers(1, 1), {.8, 4e6}, RandomConfig{}),
          20,
          true,
          {mean_check(5, "exact: 1 / (mu - lambda)"), quantile_check(.5, 3.4657, source),
           quantile_check(.99, 23.026, source), quantile_check(.999, 34.539, source)}};
}

Experiment many_servers(std::uint32_t count, double rho, double waiting, double response, double requests) {
  Experiment out{kSection,
                 fmt::format("M/M/{}, load {:g}", count, rho),
                 station(servers(1, count), {rho, requests}, RandomConfig{}),
                 20,
                 true,
                 {number_check(0, "share of calls that wait", waiting, "exact: Erlang C"),
                  mean_check(response, "exact: Erlang C")}};
  out.numbers_from_calls = [](const CallsOfRun& run) { return std::vector{share_that_waited(run)}; };
  return out;
}

Experiment general_service(double rho, double cv2, double wait, double requests) {
  return {kSection,
          fmt::format("M/G/1, load {:g}, squared variation {:g}", rho, cv2),
          station(servers(1, 1, of_variation(cv2)), {rho, requests, 5000}, RandomConfig{}),
          20,
          true,
          {mean_check(1 + wait, "exact: Pollaczek and Khinchine")}};
}

Experiment processor_sharing(const char* name, const Distribution& time) {
  ServiceConfig service = servers(1, 1, time);
  service.discipline = Discipline::processor_sharing;
  return {kSection,
          fmt::format("M/G/1 with processor sharing, load .6, {}", name),
          station(service, {.6, 1e6}, RandomConfig{}),
          20,
          true,
          {mean_check(2.5, "exact: 1 / (1 - rho), whatever the distribution")}};
}

// What a request takes goes by its own size alone, in proportion, whatever the sizes of the others.
Experiment processor_sharing_by_size(const char* name, const Distribution& time) {
  constexpr double kLoad = .6;
  ServiceConfig service = servers(1, 1, time);
  service.discipline = Discipline::processor_sharing;
  Experiment out{kSection,
                 fmt::format("M/G/1 with processor sharing, load {:g}, by size, {}", kLoad, name),
                 station(service, {kLoad, 1e6}, RandomConfig{}),
                 20,
                 true,
                 {}};
  const std::vector<double> sizes{.25, 1, 4};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    out.checks.push_back(number_check(i, fmt::format("mean response time of those of size {:g}", sizes[i]),
                                      mg1_processor_sharing_response_time(kLoad, sizes[i]), "exact: x / (1 - rho)"));
  }
  out.numbers_from_calls = [sizes](const CallsOfRun& run) {
    std::vector<double> numbers;
    for (const double size : sizes) numbers.push_back(response_at_size(run, services(size)));
    return numbers;
  };
  return out;
}

// Sixty percent of a quarter, a quarter of one, fifteen percent of four: the mean is 1.
Distribution three_sizes() {
  return Distribution::empirical({{0, services(.25)},
                                  {.6, services(.25)},
                                  {.6, services(1)},
                                  {.85, services(1)},
                                  {.85, services(4)},
                                  {1, services(4)}});
}

}  // namespace

std::vector<Experiment> station_experiments() {
  return {one_server(),
          many_servers(2, .8, .711111, 2.777778, 1e6),
          many_servers(4, .8, .596432, 1.745541, 1e6),
          many_servers(10, .9, .668732, 1.668732, 1e6),
          many_servers(100, .95, .506457, 1.101291, 1e6),
          general_service(.8, 0, 2, 1e6),
          general_service(.8, 4, 10, 2e6),
          general_service(.8, 20, 42, 4e6),
          general_service(.9, 0, 4.5, 2e6),
          general_service(.9, 1, 9, 4e6),
          general_service(.9, 4, 22.5, 6e6),
          general_service(.9, 20, 94.5, 8e6),
          processor_sharing("exponential", Distribution::exponential(kMeanService)),
          processor_sharing("constant", Distribution::constant(kMeanService)),
          processor_sharing("lognormal of variation 2", Distribution::lognormal(kMeanService, 2)),
          processor_sharing_by_size("exponential", Distribution::exponential(kMeanService)),
          processor_sharing_by_size("three sizes", three_sizes())};
}

}  // namespace meshtwin
