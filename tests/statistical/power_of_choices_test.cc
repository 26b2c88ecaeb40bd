// Two and three random choices by active requests.
#include "core/models/queueing.h"
#include "tests/statistical/load_control.h"

namespace meshtwin::statistical {
namespace {

Scenario choices_of(std::uint32_t servers_count, std::uint32_t choices, const Load& load) {
  LeastRequestConfig balancer;
  balancer.choices = choices;
  return station(servers(servers_count, 1), load, balancer);
}

// The references are simulations of 10 runs each, with half the width of their 95% intervals.
TEST_CASE("two choices of 100 servers: a distinct pair, not a pair with replacement") {
  struct Row {
    double lambda, distinct, distinct_half, replaced, replaced_half, requests;
  };
  for (const Row& row :
       {Row{.5, 1.2677, .0006, 1.2717, .0005, 6e6}, Row{.7, 1.6202, .0008, 1.6268, .0007, 8e6},
        Row{.8, 1.9585, .0013, 1.9673, .0013, 10e6}, Row{.9, 2.6442, .0029, 2.6581, .0035, 16e6},
        Row{.95, 3.4565, .0063, 3.4760, .0072, 20e6}}) {
    const Scenario scenario = choices_of(100, 2, {row.lambda, row.requests / 20, 300});
    const auto runs = replicate(scenario, 20, 61);
    const Estimate estimate = at_expected_load(mean_of(measured(runs, mean_response)), scenario, runs);
    const Interval ours = sectioned_interval95(estimate.overall, estimate.sections);
    CAPTURE(row.lambda, estimate.overall, ours.low, ours.high);
    if (kShortening == 1) CHECK(2 * ours.half_width() < 0.01 * row.distinct);
    // The difference of two independent estimates, at 99.9% (1.68 times the normal's 95%).
    const auto joint = [&](double half) { return 1.68 * std::hypot(half, ours.half_width()); };
    CHECK(std::abs(estimate.overall - row.distinct) < joint(row.distinct_half));
    // Shorter runs can't tell the two apart.
    if (kShortening == 1) CHECK(std::abs(estimate.overall - row.replaced) > joint(row.replaced_half));
  }
}

// A finite number of servers is above the limit by a share that falls as 1 / servers.
TEST_CASE("two and three choices of many servers: the limit of infinitely many") {
  struct Row {
    std::uint32_t choices;
    double lambda, response;
  };
  for (const Row& row : {Row{2, .5, 1.2657}, Row{2, .9, 2.6141}, Row{3, .5, 1.1252}, Row{3, .9, 2.0279}}) {
    CAPTURE(row.choices, row.lambda);
    CHECK(jsq_power_of_d_limit(row.lambda, row.choices) == Approx(row.response).margin(6e-5));
    check_station(choices_of(3000, row.choices, {row.lambda, 4e5, 60}), 10, 62, mean_response, row.response);
  }
}

TEST_CASE("five choices, and more load: the limit of infinitely many") {
  struct Row {
    std::uint32_t choices;
    double lambda, response;
  };
  for (const Row& row : {Row{5, .5, 1.0313}, Row{5, .9, 1.6329}, Row{2, .95, 3.3830}, Row{3, .95, 2.5351},
                         Row{5, .95, 1.9888}}) {
    CAPTURE(row.choices, row.lambda);
    CHECK(jsq_power_of_d_limit(row.lambda, row.choices) == Approx(row.response).margin(6e-5));
    check_station(choices_of(3000, row.choices, {row.lambda, 8e5, 150}), 10, 63, mean_response, row.response);
  }
}

}  // namespace
}  // namespace meshtwin::statistical
