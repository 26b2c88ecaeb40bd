// Section 11: experiments that others made and published.
#include <cassert>

#include <fmt/format.h>

#include "core/config/table_file.h"
#include "sim/validation/parts.h"
#include "sim/validation/recorded_latencies.h"

namespace meshtwin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kSection = "11 experiments of others";

Distribution recorded_latencies() {
  const auto table = parse_quantile_table(embedded_recorded_latencies(), "recorded_latencies.csv");
  assert(table);
  return Distribution::empirical(table.value());
}

double share_within_a_second(std::span<const Replication> runs) {
  double within = 0;
  double all = 0;
  for (const Replication& run : runs) {
    for (const Histogram::Bucket& bucket : run.services[0].success_latency.buckets()) {
      const auto count = static_cast<double>(bucket.count);
      all += count;
      if (bucket.lower < seconds(1)) within += count;
    }
  }
  return within / all;
}

// 11 backends, 1,000 requests/s for 60 s; from second 15 on one takes 2 s for 30 s. Nobody gives up: what is published
// is who would have had an answer by a timeout of 1 s, read off quantiles, so that "99 %" is less than 99.9 %.
Experiment linkerd(const char* name, const BalancerConfig& balancer, double succeeded, double about) {
  Experiment out;
  out.section = kSection;
  out.name = fmt::format("a backend that takes 2 s for a while, {}", name);
  out.scenario.services = {servers(11, 100'000, recorded_latencies())};
  out.scenario.policies.resize(1);
  policy_of(out.scenario).balancer = balancer;
  out.scenario.clients.resize(1);
  out.scenario.clients[0].name = "client";
  out.scenario.clients[0].arrivals = PoissonArrivals{1000};
  out.scenario.duration = seconds(60);
  out.scenario.faults.push_back(
      {Time(seconds(15)), seconds(30), 0, 0, DelayFault{Distribution::constant(seconds(2))}});
  out.replications = 10;
  out.scales = false;
  out.checks = {{"share answered within 1 s", "Linkerd 2016, \"Beyond round robin\"", ReferenceKind::published, succeeded,
                 about, share_within_a_second}};
  return out;
}

// 50 requests at a time over ten backends with latencies uniform from 0 to 1 ms, 10 ms (four), 100 ms (four) and 1 s.
Experiment tower(const char* name, const BalancerConfig& balancer, double p95, double p99, double p999) {
  Experiment out;
  out.section = kSection;
  out.name = fmt::format("ten backends between 1 ms and 1 s, {}", name);
  ServiceConfig service = servers(10, 1000);
  for (std::uint32_t i = 0; i < 10; ++i) {
    const int longest = i == 0 ? 1 : i < 5 ? 10 : i < 9 ? 100 : 1000;
    InstanceOverride instance;
    instance.instance = i;
    instance.service_time = Distribution::uniform(Duration::zero(), milliseconds(longest));
    service.overrides.push_back(instance);
  }
  out.scenario.services = {service};
  out.scenario.policies.resize(1);
  policy_of(out.scenario).balancer = balancer;
  out.scenario.clients.resize(1);
  out.scenario.clients[0].name = "client";
  out.scenario.clients[0].arrivals = ClosedArrivals{50, Distribution()};
  out.scenario.duration = seconds(60);
  out.replications = 10;
  out.scales = false;
  const std::string source = "tower, pull request 76";
  const auto check = [&](double q, double reference, double about) {
    return quantile_check(q, reference, source, ReferenceKind::published, about * reference);
  };
  out.checks = {check(.95, p95, .05), check(.99, p99, .05), check(.999, p999, .1)};
  return out;
}

}  // namespace

std::vector<Experiment> published_experiments() {
  return {linkerd("round robin", RoundRobinConfig{}, .95, .01),
          linkerd("least request of two", LeastRequestConfig{}, .99, .007),
          linkerd("peak EWMA", PeakEwmaConfig{}, .999, .001),
          tower("round robin", RoundRobinConfig{}, 496, 906, 988),
          tower("least request of two", LeastRequestConfig{}, 80, 98, 857),
          tower("peak EWMA", PeakEwmaConfig{}, 78, 96, 105)};
}

}  // namespace meshtwin
