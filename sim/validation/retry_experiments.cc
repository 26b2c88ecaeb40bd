// Section 9: how retries multiply the load, and how clients hold themselves back.
#include <fmt/format.h>

#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

using std::chrono::seconds;

Experiment failing(const std::string& name, double share, std::uint32_t max_attempts, double requests) {
  Experiment out{"9 retries", name, station(servers(10, 1), {.1, requests, 0}, RoundRobinConfig{}), 20, true, {}};
  out.scenario.faults.push_back({Time{}, {}, 0, {}, ErrorFault{share}});
  policy_of(out.scenario).retry.max_attempts = max_attempts;
  policy_of(out.scenario).retry.on = RetryOn::error_5xx;
  return out;
}

Experiment amplification(double share, std::uint32_t max_attempts, double reference) {
  Experiment out = failing(fmt::format("up to {} attempts, each fails at {:g}", max_attempts, share), share,
                           max_attempts, 4e5);
  out.checks = {{"attempts a request", "exact: (1 - p^m) / (1 - p)", ReferenceKind::exact, reference, 0,
                 attempts_per_request}};
  return out;
}

// While failures abound each token is spent, so that the bound is met and not only kept.
Experiment budget(double share, double reference) {
  Experiment out = failing(fmt::format("a tenth of a token each success, attempts fail at {:g}", share), share, 3, 1e6);
  policy_of(out.scenario).retry.budget = BucketRetryBudget{.1, 10};
  out.scenario.warmup = seconds(20);  // the full bucket of the beginning is spent
  out.scenario.duration += out.scenario.warmup;
  out.checks = {{"attempts a request", "exact: 1 / (1 - c (1 - p))", ReferenceKind::exact, reference, 0,
                 attempts_per_request}};
  return out;
}

Experiment layers(std::uint32_t count, std::uint32_t max_attempts, double reference) {
  Experiment out = failing(fmt::format("{} layers of up to {} attempts", count, max_attempts), 1, max_attempts, 2000);
  out.replications = 2;
  out.scales = false;
  out.scenario.faults[0].service = count - 1;
  ServiceConfig service = out.scenario.services[0];
  service.service_time = Distribution();
  out.scenario.services.clear();
  for (std::uint32_t layer = 0; layer < count; ++layer) {
    service.name = fmt::format("layer{}", layer + 1);
    service.calls.clear();
    if (layer + 1 < count) service.calls = {{layer + 1, 1.0}};
    out.scenario.services.push_back(service);
  }
  out.scenario.policies.resize(count, out.scenario.policies[0]);
  Check check{"attempts at the last layer for each request", "exact: m^L", ReferenceKind::exact, reference, 0, {}};
  check.measure = [](std::span<const Replication> runs) {
    double attempts = 0;
    double requests = 0;
    for (const Replication& run : runs) {
      attempts += static_cast<double>(run.services.back().attempts);
      requests += static_cast<double>(run.services[0].requests);
    }
    return attempts / requests;
  };
  check.relation = Relation::each_equals;
  out.checks = {check};
  return out;
}

// A service that can take a tenth of what comes, and refuses the rest at once.
Experiment adaptive_throttling(double multiplier) {
  constexpr double kOverload = 10;
  ServiceConfig service = servers(1, 1, Distribution::constant(kMeanService));
  service.queue = 0;
  Experiment out;
  out.section = "9 retries";
  out.name = fmt::format("adaptive throttling, K = {:g}, ten times the capacity", multiplier);
  out.scenario = station(service, {kOverload, 2e6}, RandomConfig{});
  out.scenario.warmup = std::chrono::seconds(5);
  out.scenario.duration += out.scenario.warmup;
  policy_of(out.scenario).admission.adaptive_throttling = AdaptiveThrottlingConfig{multiplier, std::chrono::seconds(2)};
  out.checks = {{"requests that the service gets for each that it accepts", "Beyer et al., SRE, 2016, chapter 21",
                 ReferenceKind::published, multiplier, .02 * multiplier, [](std::span<const Replication> runs) {
                   double attempts = 0;
                   double successes = 0;
                   for (const Replication& run : runs) {
                     attempts += static_cast<double>(run.services[0].attempts);
                     successes += static_cast<double>(run.services[0].successes);
                   }
                   return attempts / successes;
                 }}};
  // Of the requests in the window the client lets through K times what is accepted. The service is a worker without a
  // queue: of s times its capacity it accepts 1 / (1 + s), so that s = K - 1.
  out.checks.push_back({"share of requests that the client holds back",
                        "exact: (requests - K accepts) / (requests + 1), Erlang B with K - 1 erlang",
                        ReferenceKind::exact, 1 - (multiplier - 1) / kOverload, 0,
                        [](std::span<const Replication> runs) { return 1 - attempts_per_request(runs); }});
  return out;
}

// Where the service accepts four in five, K = 2 times that is more than there is, and nothing is held back. Requests
// held back for what the first few met count in the window as well: it takes some windows to get over them.
Experiment throttling_below_its_limit() {
  Experiment out = failing("adaptive throttling, K = 2, one in five requests refused", .2, 1, 4e5);
  policy_of(out.scenario).admission.adaptive_throttling = AdaptiveThrottlingConfig{2, std::chrono::seconds(2)};
  out.scenario.warmup = std::chrono::seconds(30);
  out.scenario.duration += out.scenario.warmup;
  out.checks = {{"share of requests that the client holds back", "exact: max(0, (requests - K accepts) / (requests + 1))",
                 ReferenceKind::exact, 0, 0,
                 [](std::span<const Replication> runs) { return 1 - attempts_per_request(runs); },
                 Relation::each_equals}};
  return out;
}

}  // namespace

std::vector<Experiment> retry_experiments() {
  return {amplification(.5, 3, 1.75),
          amplification(.9, 3, 2.71),
          budget(.3, 1.075269),
          budget(.5, 1.052632),
          budget(1, 1),
          layers(5, 3, 243),
          layers(3, 4, 64),
          adaptive_throttling(2),
          throttling_below_its_limit()};
}

}  // namespace meshtwin
