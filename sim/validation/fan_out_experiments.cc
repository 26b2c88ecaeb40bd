// Sections 7 and 8: requests that wait for several others at once.
#include <cmath>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

// A root that takes no time and has places enough calls all of `calls` at once; arrivals are `rate` a mean service.
Scenario fan_out(const std::vector<ServiceConfig>& leaves, const std::vector<DownstreamCall>& calls, double rate,
                 double requests, std::uint32_t replications) {
  ServiceConfig root = servers(1, 1'000'000, Distribution::constant(Duration(1)));
  root.name = "root";
  root.calls = calls;
  root.calls_in_parallel = true;
  Scenario scenario;
  scenario.services = {root};
  scenario.services.insert(scenario.services.end(), leaves.begin(), leaves.end());
  scenario.policies.resize(scenario.services.size());
  scenario.clients.resize(1);
  scenario.clients[0].name = "client";
  scenario.clients[0].arrivals = PoissonArrivals{rate / to_seconds(kMeanService)};
  scenario.warmup = services(1000);
  scenario.duration = scenario.warmup + services(requests / replications / rate);
  return scenario;
}

ServiceConfig leaf(const std::string& name, std::uint32_t concurrency) {
  ServiceConfig service = servers(1, concurrency);
  service.name = name;
  return service;
}

Experiment fork_join(double rho) {
  return {"7 fork and join",
          fmt::format("two exponential servers, load {:g}", rho),
          fan_out({leaf("left", 1), leaf("right", 1)}, {{1}, {2}}, rho, 6e5, 20),
          20,
          true,
          {mean_check((12 - rho) / 8 / (1 - rho), "exact: Flatto, Hahn 1984: (12 - rho) / 8 / (1 - rho)")}};
}

// The approximation has itself an error of some percent, which is the tolerance.
Experiment fork_join_of_many(std::uint32_t count, double rho, double response) {
  std::vector<ServiceConfig> leaves;
  std::vector<DownstreamCall> calls;
  for (std::uint32_t i = 0; i < count; ++i) {
    leaves.push_back(leaf(fmt::format("leaf-{}", i), 1));
    calls.push_back({i + 1});
  }
  return {"7 fork and join",
          fmt::format("{} exponential servers, load {:g}", count, rho),
          fan_out(leaves, calls, rho, 2e6 / count, 20),
          20,
          true,
          {mean_check(response, "approximation: Nelson, Tantawi 1988", ReferenceKind::published, response * 0.05)}};
}

// Leaves that never queue: the last of n exponential ones comes after the n-th harmonic number of means.
Experiment last_of(std::uint32_t leaves, double reference) {
  return {"8 the tail at scale",
          fmt::format("the last of {} leaves", leaves),
          fan_out({leaf("leaves", 1'000'000)}, {{1, 1.0, leaves}}, 1, 2e7 / leaves / leaves, 20),
          20,
          true,
          {mean_check(reference, "exact: the harmonic number")}};
}

// Of requests that ask n leaves, 1 - (1 - p)^n wait for longer than all but the share p of the leaves do; so the
// quantile (1 - p)^n of the requests is the quantile 1 - p of a leaf.
Experiment slow_leaves(std::uint32_t leaves, double slow) {
  return {"8 the tail at scale",
          fmt::format("{} leaves, of which each is slow with probability {:g}", leaves, slow),
          fan_out({leaf("leaves", 1'000'000)}, {{1, 1.0, leaves}}, .1, 4e6 / leaves, 20),
          20,
          true,
          {quantile_check(std::pow(1 - slow, leaves), -std::log(slow),
                          fmt::format("exact: {:.1f} % of requests are slow; Dean, Barroso, CACM 2013",
                                      100 * (1 - std::pow(1 - slow, leaves))))}};
}

}  // namespace

std::vector<Experiment> fan_out_experiments() {
  return {fork_join(.5), fork_join(.8), fork_join(.9), fork_join_of_many(8, .5, 4.785), fork_join_of_many(8, .8, 11.03),
          fork_join_of_many(32, .5, 6.887), fork_join_of_many(32, .8, 15.47), last_of(10, 2.9290), last_of(100, 5.1874),
          slow_leaves(100, .01),
          slow_leaves(2000, .0001)};
}

}  // namespace meshtwin
