// Sections 7 and 8: requests that wait for several others at once.
#include <cmath>
#include <cstdint>
#include <functional>
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
          fan_out(leaves, calls, rho, (rho < .9 ? 1e6 : 2e6) / count, 20),
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
          fan_out({leaf("leaves", 1'000'000)}, {{1, 1.0, leaves}}, .1, 2e6 / leaves, 20),
          20,
          true,
          {quantile_check(std::pow(1 - slow, leaves), -std::log(slow),
                          fmt::format("exact: {:.1f} % of requests are slow; Dean, Barroso, CACM 2013",
                                      100 * (1 - std::pow(1 - slow, leaves))))}};
}

// Leaves whose times are a power law through what is published of a read of 1,000 keys from 100 servers: 2 % of the
// leaves take longer than 10 ms, and p99.9 of the whole is 1,800 ms, so that one leaf in 100,000 takes as long.
struct PowerLaw {
  double shape = std::log(.02 / 1e-5) / std::log(1800.0 / 10);
  double scale_ms = 10 * std::pow(.02, 1 / shape);

  double longer_than(double ms) const { return ms < scale_ms ? 1 : std::pow(scale_ms / ms, shape); }
};

// Where so many leaves, of which each takes longer than t with probability `longer(t)`, are all in with probability q.
double all_in(const std::function<double(double)>& longer, std::uint32_t leaves, double q) {
  double low = 0;
  double high = 1e5;
  while (high - low > 1e-6) {
    const double middle = (low + high) / 2;
    (std::pow(1 - longer(middle), leaves) < q ? low : high) = middle;
  }
  return low;
}

Scenario reads_of_a_hundred(double reads, std::uint32_t replications) {
  const PowerLaw law;
  ServiceConfig leaves = servers(100, 1'000'000, Distribution::pareto(services(law.scale_ms), law.shape));
  leaves.name = "leaves";
  Scenario scenario = fan_out({leaves}, {{1, 1.0, 100}}, .1, reads, replications);
  scenario.policies[1].config.balancer = RandomConfig{};
  return scenario;
}

Experiment read(bool hedged) {
  constexpr double kDelay = 10;  // ms
  constexpr double kQuantile = .95;
  const PowerLaw law;
  Experiment out{"8 the tail at scale",
                 hedged ? "100 leaves of a power law, each hedged after 10 ms" : "100 leaves of a power law",
                 reads_of_a_hundred(1e4, 10),
                 10,
                 true,
                 {}};
  if (!hedged) {
    const double plain = all_in([&](double ms) { return law.longer_than(ms); }, 100, kQuantile);
    out.checks = {quantile_check(kQuantile, plain, "exact for independent leaves")};
    return out;
  }
  out.scenario.policies[1].config.hedge = HedgeConfig{services(kDelay), 1};
  const double with_hedges = all_in(
      [&](double ms) { return law.longer_than(ms) * (ms < kDelay ? 1 : law.longer_than(ms - kDelay)); }, 100,
      kQuantile);
  out.checks = {quantile_check(kQuantile, with_hedges, "exact for independent leaves"),
                {"requests to leaves for each that was needed",
                 "Dean, Barroso, CACM 2013: 2 % more; exact for leaves as slow as that",
                 ReferenceKind::exact, 1.02, 0, [](std::span<const Replication> runs) {
                   double attempts = 0;
                   double requests = 0;
                   for (const Replication& run : runs) {
                     attempts += static_cast<double>(run.services[1].attempts);
                     requests += static_cast<double>(run.services[1].requests);
                   }
                   return attempts / requests;
                 }}};
  return out;
}

}  // namespace

std::vector<Experiment> fan_out_experiments() {
  return {fork_join(.5),
          fork_join(.8),
          fork_join(.9),
          fork_join_of_many(8, .5, 4.785),
          fork_join_of_many(8, .8, 11.03),
          fork_join_of_many(8, .9, 21.45),
          fork_join_of_many(32, .5, 6.887),
          fork_join_of_many(32, .8, 15.47),
          fork_join_of_many(32, .9, 29.80),
          last_of(10, 2.9290),
          last_of(100, 5.1874),
          slow_leaves(100, .01),
          slow_leaves(2000, .0001),
          read(false),
          read(true)};
}

}  // namespace meshtwin
