// M/G/1, first in first out: Pollaczek and Khinchine's formula.
#include "core/models/queueing.h"
#include "tests/statistical/martingale_control.h"
#include "tests/statistical/support.h"

namespace meshtwin::statistical {
namespace {

Distribution with_cv2(double cv2) {
  return cv2 == 0 ? Distribution::constant(kUnit) : Distribution::hyperexponential(kUnit, std::sqrt(cv2));
}

struct Case {
  double rho, cv2, wait, requests;
};

TEST_CASE("M/G/1: mean response time, plain") {
  for (const Case& c : {Case{.8, 0, 2, 4e6}, Case{.9, 0, 4.5, 24e6}}) {
    const Scenario scenario =
        station(servers(1, 1, with_cv2(c.cv2)), {c.rho, c.requests / 20, 4000}, RandomConfig{});
    CAPTURE(c.rho, c.cv2);
    check_estimate(mean_of(measured(replicate(scenario, 20, 21), mean_response)), 1 + c.wait);
  }
}

// Plain, these would need up to 600 million requests.
TEST_CASE("M/G/1: mean response time, with a control") {
  for (const Case& c : {Case{.8, 1, 4, 2e6}, Case{.8, 4, 10, 2e6}, Case{.8, 20, 42, 4e6}, Case{.9, 1, 9, 2e6},
                        Case{.9, 4, 22.5, 3e6}, Case{.9, 20, 94.5, 26e6}}) {
    const Scenario scenario =
        station(servers(1, 1, with_cv2(c.cv2)), {c.rho, c.requests / 20, 40000}, RandomConfig{});
    const auto runs = replicate(scenario, 20, 22);
    CAPTURE(c.rho, c.cv2);
    const Estimate plain = mean_of(measured(runs, mean_response));
    check_covers(plain, 1 + c.wait);
    check_estimate(controlled(plain, scenario, seeds_of(runs), MeanResponseControl(c.rho, c.cv2)),
                   1 + c.wait);
  }
}

}  // namespace
}  // namespace meshtwin::statistical
