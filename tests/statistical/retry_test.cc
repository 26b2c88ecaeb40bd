// How retries multiply the load: one layer, layers upon layers, and under a budget.
#include "core/models/queueing.h"
#include "tests/statistical/support.h"

namespace meshtwin::statistical {
namespace {

// A service whose instances fail a share of the attempts at once.
Scenario failing(double share, std::uint32_t max_attempts, double requests) {
  Scenario scenario = station(servers(10, 1), {.1, requests, 0}, RoundRobinConfig{});
  scenario.faults.push_back({Time{}, {}, 0, {}, ErrorFault{share}});
  scenario.policies[0].config.retry.max_attempts = max_attempts;
  scenario.policies[0].config.retry.on = RetryOn::error_5xx;
  return scenario;
}

TEST_CASE("attempts per request are (1 - p^m) / (1 - p)") {
  struct Row {
    double failing;
    std::uint32_t attempts;
    double expected;
  };
  for (const Row& row : {Row{.5, 3, 1.75}, Row{.9, 3, 2.71}, Row{.5, 2, 1.5}, Row{.3, 8, 1.4284776}}) {
    CAPTURE(row.failing, row.attempts);
    CHECK(retry_amplification(row.failing, row.attempts) == Approx(row.expected));
    const auto runs = replicate(failing(row.failing, row.attempts, 3e4), 20, 71);
    check_estimate(mean_of(measured(runs, attempts_per_request)), row.expected);
    // The calls that fail are those whose attempts all did.
    check_covers(mean_of(measured(runs, share_failed)), std::pow(row.failing, row.attempts));
  }
}

// A chain of services, each calling the next; the last one fails always. Attempts at it for one call of the
// client. Service takes no time, so that all attempts of a call happen in its instant.
double attempts_at_the_end(std::uint32_t layers, std::uint32_t max_attempts) {
  Scenario scenario = failing(1, max_attempts, 1000);
  scenario.faults[0].service = layers - 1;
  ServiceConfig service = scenario.services[0];
  service.service_time = Distribution();
  scenario.services.clear();
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    service.name = "layer" + std::to_string(layer);
    service.calls.clear();
    if (layer + 1 < layers) service.calls = {{layer + 1, 1.0}};
    scenario.services.push_back(service);
  }
  scenario.policies.resize(layers, scenario.policies[0]);
  const auto runs = replicate(scenario, 1, 72);
  const auto& services = runs[0].services;
  CHECK(static_cast<double>(services[0].requests) > 800 / kShortening);
  CHECK(services[0].successes == 0);
  return static_cast<double>(services[layers - 1].attempts) / static_cast<double>(services[0].requests);
}

TEST_CASE("layers of retries multiply") {
  CHECK(attempts_at_the_end(1, 3) == 3);
  CHECK(attempts_at_the_end(2, 3) == 9);
  CHECK(attempts_at_the_end(3, 3) == 27);
  CHECK(attempts_at_the_end(3, 4) == 64);
  CHECK(attempts_at_the_end(5, 3) == 243);
}

TEST_CASE("a bucket of tokens bounds the attempts") {
  for (const auto& [share, bound] : {std::pair{.3, 1.0753}, std::pair{.5, 1.0526}, std::pair{.9, 1.0101}}) {
    Scenario scenario = failing(share, 3, 1e5);
    scenario.policies[0].config.retry.budget = BucketRetryBudget{.1, 10};
    scenario.warmup = std::chrono::seconds(20);  // the full bucket of the beginning is spent
    scenario.duration += scenario.warmup;
    CAPTURE(share);
    CHECK(retry_budget_amplification(.1, share) == Approx(bound).margin(6e-5));
    // While failures abound each token is spent, so that the bound is met and not only kept.
    check_estimate(mean_of(measured(replicate(scenario, 20, 73), attempts_per_request)), bound);
  }
}

}  // namespace
}  // namespace meshtwin::statistical
