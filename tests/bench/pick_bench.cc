// What a pick costs: nanoseconds for each balancer and number of endpoints.
//
// The state varies as in use: each picked endpoint gets an active request, and a random one of those under
// way ends, with nine under way for ten endpoints. The cost of that keeping is measured by itself, with the
// same endpoints in the same order but no balancer, and both are printed. What a balancer that learns does when
// attempts start and end is part of its cost, and so are its probes with their answers, and a load report with each end
// where it reads them. Every pick has a key. Medians of several runs. Then what feedback of breakers and ejection
// costs, and how long hashing takes to lay out its tables.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "core/upstream/policy_interfaces.h"
#include "policies/catalog.h"

namespace meshtwin {
namespace {

constexpr int kRuns = 9;

struct Subject {
  const char* name;
  BalancerConfig config;
  bool equal_weights;
  bool linear;  // in the number of endpoints
};

const Subject kSubjects[] = {
    {"random", RandomConfig{}, true, false},
    {"weighted_random", WeightedRandomConfig{}, false, false},
    {"round_robin", RoundRobinConfig{}, true, false},
    {"weighted_round_robin", WeightedRoundRobinConfig{}, false, true},
    {"least_request, 2 choices", LeastRequestConfig{2, 1.0}, true, false},
    {"least_request, 3 choices", LeastRequestConfig{3, 1.0}, true, false},
    {"least_request, 2, replacement", LeastRequestConfig{2, 1.0, std::nullopt, true}, true, false},
    {"least_request, 2, weights", LeastRequestConfig{2, 1.0}, false, false},
    {"least_request, all", LeastRequestConfig{std::nullopt, 1.0}, true, true},
    {"peak_ewma", PeakEwmaConfig{}, true, false},
    {"ring_hash", RingHashConfig{}, true, false},
    {"maglev", MaglevConfig{}, true, false},
    {"join_idle_queue", JoinIdleQueueConfig{}, true, false},
    {"prequal", PrequalConfig{}, true, false},
    {"c3", C3Config{}, true, false},
    {"orca_weighted_round_robin", OrcaWeightedRoundRobinConfig{std::chrono::seconds(0)}, true, false},
    {"aperture", ApertureConfig{}, true, false},
};

EndpointSet make_endpoints(std::uint32_t count, bool equal_weights) {
  std::vector<Member> members;
  for (EndpointIndex e = 0; e < count; ++e) members.push_back({e, equal_weights ? 1 : 1 + e % 4});
  EndpointSet endpoints;
  endpoints.update(std::make_shared<const Membership>(members));
  return endpoints;
}

// Nanoseconds a step of: choose(), start there, end a random attempt under way, a microsecond later. `told` hears of
// starts and ends; null: nobody does.
template <class Choose>
double measure(EndpointSet& endpoints, std::uint32_t count, int steps, Time& now, Balancer* told,
               const Choose& choose) {
  RandomStream random(2);
  std::vector<EndpointIndex> under_way;
  const bool learns = told != nullptr && told->learns();
  const bool probes = told != nullptr && told->probe_lifetime();
  const bool reports = told != nullptr && told->reads_reports() && !probes;
  RandomStream probing(4);
  std::vector<EndpointIndex> targets;
  const auto report = [&](EndpointIndex e) {
    LoadReport load;
    load.in_flight = endpoints.active(e);
    load.latency = load.service_time = std::chrono::microseconds(1000 + e % 7);
    load.application_utilization = 0.5;
    load.requests_per_second = 100 + e % 5;
    told->on_report(now, endpoints, e, load);
  };
  const auto start = [&](EndpointIndex e) {
    if (probes) {
      targets.clear();
      told->choose_probes(PickContext{endpoints, {}, probing, now}, targets);
      for (const EndpointIndex target : targets) report(target);
    }
    if (learns) told->on_start(now, endpoints, e);
    endpoints.attempt_started(e);
  };
  const auto finish = [&](EndpointIndex e) {
    endpoints.attempt_finished(e);
    if (reports) report(e);
    if (!learns) return;
    told->on_release(endpoints, e);
    told->on_result(now, endpoints, {e, Verdict::success, std::chrono::microseconds(1000 + e % 7)});
  };
  const auto step = [&](std::size_t slot) {
    now += std::chrono::microseconds(1);
    const EndpointIndex e = choose();
    start(e);
    finish(under_way[slot]);
    under_way[slot] = e;
  };
  for (std::uint32_t i = 0; i < std::max(count * 9 / 10, 1u); ++i) {
    under_way.push_back(choose());
    start(under_way.back());
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < steps; ++i) step(random.below(under_way.size()));
  const auto end = std::chrono::steady_clock::now();
  for (const EndpointIndex e : under_way) finish(e);
  return std::chrono::duration<double, std::nano>(end - begin).count() / steps;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void bench(const Subject& subject, std::uint32_t count) {
  const int steps = subject.linear ? static_cast<int>(20'000'000 / (count + 20)) : 1'000'000;
  EndpointSet endpoints = make_endpoints(count, subject.equal_weights);
  const auto balancer = make_balancer(subject.config);
  std::vector<double> whole;
  std::vector<double> keeping;
  std::vector<EndpointIndex> picked;
  picked.reserve(static_cast<std::size_t>(steps) + count);
  Balancer* told = balancer.get();
  Time now{};
  for (int run = 0; run < kRuns; ++run) {
    RandomStream random(3);
    const auto pick = [&] {
      return balancer->pick(PickContext{endpoints, {}, random, now, random.next()}).endpoint;
    };
    whole.push_back(measure(endpoints, count, steps, now, told, pick));
    if (picked.empty()) {
      const auto record = [&] { return picked.emplace_back(pick()); };
      measure(endpoints, count, steps, now, told, record);
    }
    std::size_t next = 0;
    keeping.push_back(measure(endpoints, count, steps, now, nullptr, [&] { return picked[next++]; }));
  }
  const double all = median(whole);
  const double rest = median(keeping);
  std::printf("%-28s %7u endpoints %12.1f ns a pick (%.1f ns with start and end)\n", subject.name, count,
              all - rest, all);
}

template <class Work>
double nanoseconds_of(int times, const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) work(i);
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() / times;
}

// An attempt's start and end at an upstream with these parts, less those at one without; every hundredth fails.
void bench_feedback(const char* name, const PolicyConfig& config, std::uint32_t count) {
  std::vector<Member> members;
  for (EndpointIndex e = 0; e < count; ++e) members.push_back({e, 1});
  const auto membership = std::make_shared<const Membership>(members);
  const auto run = [&](const PolicyConfig& policy) {
    std::vector<double> runs;
    for (int i = 0; i < kRuns; ++i) {
      const auto upstream = make_upstream(policy, 1);
      upstream->update_endpoints(Time{}, membership);
      Time now{};
      RandomStream random(6);
      runs.push_back(nanoseconds_of(1'000'000, [&](int) {
        now += std::chrono::microseconds(1);
        const std::uint64_t drawn = random.next();
        const auto endpoint = static_cast<EndpointIndex>((drawn >> 32) % count);
        const AttemptTicket ticket = upstream->start_attempt(now, endpoint);
        upstream->finish_attempt(now, ticket, drawn % 100 == 0 ? Verdict::failure : Verdict::success);
      }));
    }
    return median(runs);
  };
  std::printf("%-28s %7u endpoints %12.1f ns an attempt\n", name, count, run(config) - run(PolicyConfig{}));
}

void bench_build(const char* name, const BalancerConfig& config, std::uint32_t count) {
  EndpointSet endpoints = make_endpoints(count, true);
  RandomStream random(1);
  std::vector<double> runs;
  for (int i = 0; i < kRuns; ++i) {
    const auto balancer = make_balancer(config);
    runs.push_back(nanoseconds_of(1, [&](int) { balancer->pick(PickContext{endpoints, {}, random, {}, 1}); }));
  }
  std::printf("%-28s %7u endpoints %12.2f ms to lay out\n", name, count, median(runs) / 1e6);
}

}  // namespace
}  // namespace meshtwin

int main() {
  using namespace meshtwin;
  PolicyConfig outlier;
  outlier.outlier = OutlierConfig{};
  outlier.outlier->consecutive_failures = 5;
  outlier.outlier->success_rate.emplace();
  outlier.outlier->interval = std::chrono::milliseconds(100);  // ten sweeps in a million attempts
  PolicyConfig breaker;
  breaker.breaker = WindowBreakerConfig{};
  breaker.breaker->max_failures = 1'000;
  breaker.breaker->window = std::chrono::milliseconds(10);  // 100 failures in it: it doesn't open
  PolicyConfig endpoint_breakers = breaker;
  endpoint_breakers.breaker->scope = WindowBreakerConfig::Scope::endpoint;
  for (const std::uint32_t count : {10u, 1'000u, 10'000u}) {
    bench_feedback("outlier detection", outlier, count);
    bench_feedback("breaker of the service", breaker, count);
    bench_feedback("breaker of each endpoint", endpoint_breakers, count);
    bench_build("maglev", MaglevConfig{}, count);
    bench_build("ring_hash", RingHashConfig{}, count);
  }
  for (const meshtwin::Subject& subject : meshtwin::kSubjects) {
    for (const std::uint32_t count : {10u, 1'000u, 10'000u}) meshtwin::bench(subject, count);
  }
}
