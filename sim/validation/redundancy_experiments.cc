// Section 6: d copies of each request at once, and the first one to finish cancels the others.
#include <fmt/format.h>

#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

// A hedge after the shortest delay that there is, on servers that drop what is cancelled.
Experiment copies(std::uint32_t count, std::uint32_t d, double lambda, double response) {
  Experiment out{"6 redundancy",
                 fmt::format("{} copies on {} servers, {:g} requests a server", d, count, lambda),
                 station(servers(count, 1), {lambda, 2e6}, RandomConfig{}),
                 20,
                 true,
                 {mean_check(response, "exact: Gardner et al., Operations Research 2017")}};
  policy_of(out.scenario).hedge = HedgeConfig{Duration(1), d - 1};
  return out;
}

}  // namespace

std::vector<Experiment> redundancy_experiments() {
  return {copies(10, 2, .5, .7981), copies(10, 2, .9, 2.1433), copies(100, 2, .9, 1.7651),
          copies(100, 3, .9, 1.0551)};
}

}  // namespace meshtwin
