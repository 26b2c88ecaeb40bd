// Section 11: published comparisons of balancers that go by what they hear of servers: stale load, Prequal, C3.
#include <fmt/format.h>

#include "core/models/queueing.h"
#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kSection = "11 experiments of others";

LeastRequestConfig stale(std::optional<std::uint32_t> choices, int age_seconds) {
  LeastRequestConfig out;
  out.choices = choices;
  out.load_update_interval = seconds(age_seconds);
  return out;
}

// Ten servers whose load is told every 10 to 70 s. The publication has no rates; these keep servers busy for 88 % of the
// time, and an age of 10 s is 2.5 services.
Experiment stale_load() {
  constexpr double kLoad = .88;
  constexpr double kService = 4;  // s
  Experiment out;
  out.section = kSection;
  out.name = "load that is told every 10 to 70 s, ten servers";
  const ServiceConfig ten = servers(10, 1, Distribution::exponential(seconds(4)));
  const PoissonArrivals arrivals{10 * kLoad / kService};
  for (const int age : {10, 40, 70}) {
    add_contender(out.scenario, ten, stale(2, age), arrivals);
    add_contender(out.scenario, ten, stale(std::nullopt, age), arrivals);
  }
  out.scenario.warmup = seconds(2000);
  out.scenario.duration = out.scenario.warmup + seconds(30'000);
  out.replications = 8;
  // A random choice makes each server M/M/1.
  const double random_ms = mmc_response_time(1, kLoad, kService * 1e3);
  const std::string source = "Brooker 2012; random is M/M/1";
  const auto of_random = [&](std::size_t service) -> Measure {
    return [=](std::span<const Replication> runs) { return mean_of_all(runs, service) / random_ms; };
  };
  const auto of_all = [](std::size_t two, std::size_t all) -> Measure {
    return [=](std::span<const Replication> runs) { return mean_of_all(runs, two) / mean_of_all(runs, all); };
  };
  for (std::size_t i = 0; i < 3; ++i) {
    const char* age = i == 0 ? "10 s" : i == 1 ? "40 s" : "70 s";
    out.checks.push_back(below(fmt::format("mean, best of two over random, {}", age), 1, source, of_random(2 * i)));
    out.checks.push_back(
        below(fmt::format("mean, best of two over best of all, {}", age), 1, "Brooker 2012", of_all(2 * i, 2 * i + 1)));
    if (i > 0) {
      out.checks.push_back(
          above(fmt::format("mean, best of all over random, {}", age), 1, source, of_random(2 * i + 1)));
    }
  }
  return out;
}

// Work is normal with a deviation as large as its mean, cut off at 0, and 100 ms in the mean.
Distribution prequal_work() {
  return Distribution::empirical({{0, Duration::zero()},
                                  {.1587, Duration::zero()},
                                  {.2, microseconds(14'600)},
                                  {.3, microseconds(43'700)},
                                  {.4, microseconds(68'600)},
                                  {.5, microseconds(91'900)},
                                  {.6, microseconds(115'200)},
                                  {.7, microseconds(140'100)},
                                  {.8, microseconds(169'300)},
                                  {.9, microseconds(209'700)},
                                  {.95, microseconds(243'100)},
                                  {.98, microseconds(280'700)},
                                  {.99, microseconds(305'800)},
                                  {.999, microseconds(376'000)},
                                  {.9999, microseconds(433'800)},
                                  {1, microseconds(459'600)}});
}

// A hundred replicas that are sure of two processors each, 20 queries a second. Ten have no more; the machines of the
// others have two processors to spare.
ServiceConfig replicas() {
  ServiceConfig service = servers(100, 4, prequal_work());
  for (std::uint32_t i = 0; i < 10; ++i) {
    InstanceOverride held;
    held.instance = i;
    held.concurrency = 2;
    service.overrides.push_back(held);
  }
  return service;
}

void add_replicas(Experiment& to, const BalancerConfig& balancer, double load) {
  constexpr double kAllocation = 2000;  // queries a second
  add_contender(to.scenario, replicas(), balancer, PoissonArrivals{load * kAllocation}, 100);
  to.scenario.policies.back().config.timeout = seconds(5);
}

constexpr const char* kPrequal = "Wydrowski et al., NSDI 2024, figure 6";

Experiment figure_6_round_robin() {
  Experiment out;
  out.section = kSection;
  out.name = "Prequal's figure 6, weighted round robin";
  add_replicas(out, WeightedRoundRobinConfig{}, .926);
  add_replicas(out, WeightedRoundRobinConfig{}, 1.03);
  out.scenario.warmup = seconds(30);
  out.scenario.duration = seconds(110);
  out.scenario.network = NativeNetwork{Distribution::constant(microseconds(250))};
  out.replications = 8;
  out.scales = false;
  // A call that is given up ends at the deadline to the nanosecond; a hundredth is for a p99.9 just before it.
  Check at_deadline{"p99.9 at 1.03 of the allocation", kPrequal, ReferenceKind::published, 5000, 50,
                    [](std::span<const Replication> runs) { return quantile_of_all(runs, 1, .999); }};
  out.checks = {below("p99.9 at the step before", 5000, kPrequal,
                      [](std::span<const Replication> runs) { return quantile_of_all(runs, 0, .999); }),
                at_deadline,
                below("share that succeeds at 1.03", 1, kPrequal,
                      [](std::span<const Replication> runs) { return share_succeeded_of(runs, 1); })};
  return out;
}

Experiment figure_6_prequal() {
  Experiment out;
  out.section = kSection;
  out.name = "Prequal's figure 6, Prequal";
  const std::vector<double> loads{.75, 1.03, 1.742};
  for (const double load : loads) add_replicas(out, PrequalConfig{}, load);
  out.scenario.warmup = seconds(10);
  out.scenario.duration = seconds(30);
  out.scenario.network = NativeNetwork{Distribution::constant(microseconds(250))};
  out.replications = 4;
  out.scales = false;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    out.checks.push_back({fmt::format("share of errors at {:.2f} of the allocation", loads[i]), kPrequal,
                          ReferenceKind::published, 0, 0,
                          [i](std::span<const Replication> runs) { return 1 - share_succeeded_of(runs, i); },
                          Relation::each_equals});
  }
  return out;
}

// Fifty servers of four places, 4 ms a request or a third of that in stretches of 500 ms, 150 clients, three replicas.
Experiment c3() {
  ServiceConfig service = servers(50, 4, Distribution::exponential(microseconds(1333)));
  service.fluctuation = FluctuationConfig{milliseconds(500), 3};
  constexpr double kRate = 70'000;
  Experiment out;
  out.section = kSection;
  out.name = "servers whose speed fluctuates, C3 and least request of three";
  LeastRequestConfig least;
  least.choices = 3;
  C3Config c3;
  c3.clients = 150;
  least.replicas_of = c3.replicas_of = HashKeyConfig{};
  add_contender(out.scenario, service, least, PoissonArrivals{kRate}, 150);
  add_contender(out.scenario, service, c3, PoissonArrivals{kRate}, 150);
  for (ClientConfig& client : out.scenario.clients) client.keys = KeysConfig{1'000'000};
  out.scenario.network = NativeNetwork{Distribution::constant(microseconds(250))};
  out.scenario.warmup = seconds(1);
  out.scenario.duration = seconds(2);
  out.replications = 8;
  out.scales = false;
  const std::string source = "Suresh et al., NSDI 2015, section 6: lower";
  out.checks = {below("mean, C3 over least request", 1, source,
                      [](std::span<const Replication> runs) { return mean_of_all(runs, 1) / mean_of_all(runs, 0); }),
                below("p90, C3 over least request", 1, source, [](std::span<const Replication> runs) {
                  return quantile_of_all(runs, 1, .9) / quantile_of_all(runs, 0, .9);
                }),
                below("p99.9, C3 over least request", 1, source, [](std::span<const Replication> runs) {
                  return quantile_of_all(runs, 1, .999) / quantile_of_all(runs, 0, .999);
                })};
  return out;
}

}  // namespace

std::vector<Experiment> adaptive_experiments() {
  return {stale_load(), figure_6_round_robin(), figure_6_prequal(), c3()};
}

}  // namespace meshtwin
