// M/G/1 with processor sharing: the mean response time of a request depends on its own size alone.
#include "core/models/queueing.h"
#include "tests/statistical/load_control.h"

namespace meshtwin::statistical {
namespace {

ServiceConfig sharing(const Distribution& time) {
  ServiceConfig service = servers(1, 1, time);
  service.discipline = Discipline::processor_sharing;
  return service;
}

TEST_CASE("M/G/1-PS: the mean response time is the same for every distribution") {
  struct Case {
    double rho, requests;
    Distribution time;
  };
  for (const Case& c :
       {Case{.8, 10e6, Distribution::exponential(kUnit)}, Case{.8, 8e6, Distribution::constant(kUnit)},
        Case{.6, 2e6, Distribution::erlang(4, kUnit)},
        Case{.6, 6e6, Distribution::hyperexponential(kUnit, 2)},
        Case{.6, 6e6, Distribution::lognormal(kUnit, 2)}}) {
    const Scenario scenario = station(sharing(c.time), {c.rho, c.requests / 20, 2000}, RandomConfig{});
    CAPTURE(c.rho, c.time.cv2());
    check_station(scenario, 20, 41, mean_response, 1 / (1 - c.rho));
  }
}

// Of responses shorter, or not shorter, than `limit`.
double mean_on_one_side(const Histogram& histogram, Duration limit, bool shorter) {
  double sum = 0;
  double count = 0;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    if ((bucket.lower < limit) != shorter) continue;
    const auto n = static_cast<double>(bucket.count);
    sum += n * (to_milliseconds(bucket.lower) + to_milliseconds(bucket.upper)) / 2;
    count += n;
  }
  return sum / count;
}

// Sizes 0.1 and about 5. A small request would take as long as a large one only among 50 others, which
// doesn't happen at this load, so that the histogram tells them apart.
TEST_CASE("M/G/1-PS: mean response time by size") {
  const double rho = 0.6;
  const double small = 0.1;
  const double large = 5;
  const double share_large = (1 - small) / (large - small);
  const Distribution two_sizes = Distribution::empirical({{0, units(small)},
                                                          {1 - share_large, units(small)},
                                                          {1 - share_large, units(large)},
                                                          {1, units(large)}});
  const Scenario scenario = station(sharing(two_sizes), {rho, 8e6 / 20, 2000}, RandomConfig{});
  const auto runs = replicate(scenario, 20, 42);
  const Duration limit = units(large * 0.99);
  const auto side = [&](bool shorter) {
    return mean_of(measured(runs, [&](const ServiceTotals& totals) {
      return mean_on_one_side(totals.success_latency, limit, shorter);
    }));
  };
  check_estimate(side(true), mg1_processor_sharing_response_time(rho, small));
  check_estimate(side(false), mg1_processor_sharing_response_time(rho, large));
}

}  // namespace
}  // namespace meshtwin::statistical
