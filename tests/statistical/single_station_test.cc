// M/M/1 and M/M/c.
#include "core/models/queueing.h"
#include "tests/statistical/load_control.h"
#include "tests/statistical/martingale_control.h"
#include "tests/statistical/quantiles.h"
#include "tests/statistical/support.h"

namespace meshtwin::statistical {
namespace {

// For the estimate of a far quantile of M/M/1 with mean service 1 by the share of responses beyond it, which
// to first order moves it by 1 / density. The weight is the slope of the solution of Poisson's equation for
// that share, as a reflected Brownian motion has it.
class TailControl {
 public:
  TailControl(double rho, double quantile)
      : mean_(1 - 1 / rho), decay_(1 - rho), quantile_(quantile), share_(std::exp(-decay_ * quantile)) {}

  double operator()(const FifoRequest& request) const {
    const double x = to_milliseconds(request.service - request.gap);
    const double slope = std::fmin(share_ * std::expm1(decay_ * to_milliseconds(request.wait)), 1 - share_);
    return slope * (x - mean_) / -mean_ / density();
  }
  double quantile_estimate(const ServiceTotals& totals) const {
    return quantile_ + (share_beyond(totals.success_latency, quantile_) - share_) / density();
  }

 private:
  double density() const { return decay_ * share_; }
  double mean_, decay_, quantile_, share_;
};

TEST_CASE("M/M/1: mean and quantiles of the response time") {
  const double rho = 0.8;
  const Scenario scenario = station(servers(1, 1), {rho, 4e6}, RandomConfig{});
  const auto runs = replicate(scenario, 20, 11);
  check_estimate(mean_of(measured(runs, mean_response)), 5);
  check_estimate(quantile_of(runs, 0.5), 3.4657);
  check_estimate(quantile_of(runs, 0.99), 23.026);

  // Plain, the width asked for would take 320 million requests here.
  const TailControl control(rho, 34.539);
  const Estimate p999 =
      mean_of(measured(runs, [&](const ServiceTotals& t) { return control.quantile_estimate(t); }));
  check_covers(p999, 34.539);
  check_estimate(controlled(p999, scenario, seeds_of(runs), control), 34.539);
  for (const double q : {0.5, 0.99, 0.999}) {
    CHECK(to_milliseconds(merged(runs).quantile(q)) == Approx(quantile_of(runs, q).overall).epsilon(0.004));
  }
}

TEST_CASE("M/M/c: mean response time") {
  struct Row {
    std::uint32_t servers;
    double rho, response, requests;
  };
  for (const Row& row : {Row{2, .8, 2.777778, 10e6}, Row{4, .8, 1.745541, 6e6}, Row{10, .9, 1.668732, 16e6},
                         Row{100, .95, 1.101291, 4e6}}) {
    const Scenario scenario = station(servers(1, row.servers), {row.rho, row.requests / 20}, RandomConfig{});
    CAPTURE(row.servers);
    check_station(scenario, 20, 12, mean_response, row.response);
  }
}

}  // namespace
}  // namespace meshtwin::statistical
