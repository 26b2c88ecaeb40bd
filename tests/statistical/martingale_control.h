// Control variates for a single FIFO server, where plain simulation would need hundreds of millions of
// requests.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/scenario.h"
#include "tests/statistical/support.h"
#include "tests/support/fifo_station.h"

namespace meshtwin::statistical {

// Subtracts from the estimate of each replication a control whose expectation is exactly zero: the average of
// `term(request)` over the measured requests, which is to be made of deviations of the request's own service
// and of the gap after it from their known means, weighted by the wait that went before. Such sums are
// martingales (Henderson, Glynn, "Approximating martingales for variance reduction in Markov process
// simulation", MOR 2002). The control takes the luck of the draws out of the simulator's estimate; it can't
// move its expectation. But it would also take out a wrong mean of the draws: hence plain estimates are to
// cover the reference as well.
template <class Term>
Estimate controlled(const Estimate& plain, const Scenario& scenario, std::span<const std::uint64_t> seeds,
                    const Term& term) {
  Estimate result = plain;
  RunningMoments controls;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    RunningMoments control;
    visit_fifo(scenario, seeds[i], [&](const FifoRequest& request) {
      if (request.due >= Time(scenario.warmup)) control.add(term(request));
    });
    result.sections[i] -= control.mean();
    controls.add(control.mean());
  }
  result.overall -= controls.mean();
  return result;
}

inline std::vector<std::uint64_t> seeds_of(const std::vector<Replication>& runs) {
  std::vector<std::uint64_t> seeds;
  for (const Replication& run : runs) seeds.push_back(run.seed);
  return seeds;
}

// For the mean response time of M/G/1 with mean service 1, load `rho` and squared coefficient of variation
// `cv2`. With X = service - gap the recursion gives wait'^2 = wait^2 + 2 wait X + X^2 while the server is
// busy, so that the mean wait is moved by wait (X - E X) + (X^2 - E X^2) / 2, each divided by -E X.
class MeanResponseControl {
 public:
  MeanResponseControl(double rho, double cv2)
      : mean_(1 - 1 / rho), mean_square_((cv2 + 1) + 2 / (rho * rho) - 2 / rho) {}

  double operator()(const FifoRequest& request) const {
    const double service = to_milliseconds(request.service);
    const double x = service - to_milliseconds(request.gap);
    const double wait = to_milliseconds(request.wait);
    return (wait * (x - mean_) + (x * x - mean_square_) / 2) / -mean_ + (service - 1);
  }

 private:
  double mean_;
  double mean_square_;
};

}  // namespace meshtwin::statistical
