// The control variate for any station: the load that its arrivals and service times happened to make.
#pragma once

#include <cmath>
#include <cstdint>
#include <variant>
#include <vector>

#include "tests/statistical/support.h"

namespace meshtwin::statistical {

// By how much the measured requests were more than expected, plus the same for the mean of the service times
// begun. Its expectation is zero: the rate of arrivals is known, and the mean service time of `scenario`
// is 1.
inline double load_deviation(const Scenario& scenario, const ServiceTotals& totals) {
  const double rate = std::get<PoissonArrivals>(scenario.clients[0].arrivals).rate;
  const double expected = rate * to_seconds(scenario.duration - scenario.warmup);
  double busy = 0;
  for (const EndpointTotals& endpoint : totals.endpoints) busy += to_milliseconds(endpoint.demand);
  return static_cast<double>(totals.requests) / expected - 1 + busy / static_cast<double>(totals.successes) -
         1;
}

// The estimate at the expected load, by linear regression over the replications (Lavenberg, Welch, "A
// perspective on the use of control variables", Management Science 1981). Where the response to load is
// steep, a half to nine tenths of the variance go. It would hide arrivals or services of a wrong mean: hence
// the plain estimate, and the load itself, have to cover their references as well.
inline Estimate at_expected_load(const Estimate& plain, const Scenario& scenario,
                                 const std::vector<Replication>& runs) {
  const std::vector<double> loads =
      measured(runs, [&](const ServiceTotals& totals) { return load_deviation(scenario, totals); });
  const double mean_load = average(loads);
  const double mean_value = average(plain.sections);
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    products += (loads[i] - mean_load) * (plain.sections[i] - mean_value);
    squares += (loads[i] - mean_load) * (loads[i] - mean_load);
  }
  const double slope = products / squares;
  // The slope takes one more degree of freedom than the interval counts.
  const auto n = static_cast<double>(loads.size());
  const double stretch = std::sqrt((n - 1) / (n - 2));
  Estimate result{plain.overall - slope * mean_load, {}};
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const double residual = plain.sections[i] - mean_value - slope * (loads[i] - mean_load);
    result.sections.push_back(result.overall + stretch * residual);
  }
  return result;
}

// Requests and services come as they should: the deviation of the load is within 3.29 of its standard errors,
// which are known, or 99.9%.
inline void check_load(const Scenario& scenario, const std::vector<Replication>& runs) {
  double requests = 0;
  double served = 0;
  for (const Replication& run : runs) {
    requests += static_cast<double>(run.services[0].requests);
    served += static_cast<double>(run.services[0].successes);
  }
  const double error = std::sqrt(1 / requests + scenario.services[0].service_time.cv2() / served);
  const double deviation =
      average(measured(runs, [&](const ServiceTotals& totals) { return load_deviation(scenario, totals); }));
  CAPTURE(deviation, error);
  CHECK(std::abs(deviation) < 3.29 * error);
}

// The whole test of one quantity of a station with the load known.
template <class Measure>
void check_station(const Scenario& scenario, int replications, std::uint64_t seed, const Measure& measure,
                   double reference, double relative_width = 0.01) {
  const auto runs = replicate(scenario, replications, seed);
  check_load(scenario, runs);
  const Estimate plain = mean_of(measured(runs, measure));
  check_covers(plain, reference);
  check_estimate(at_expected_load(plain, scenario, runs), reference, relative_width);
}

}  // namespace meshtwin::statistical
