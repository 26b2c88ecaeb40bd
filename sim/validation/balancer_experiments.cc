// Sections 3 to 5: balancers over many servers.
#include <optional>

#include <fmt/format.h>

#include "core/models/queueing.h"
#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

Experiment round_robin(std::uint32_t count, double rho, double response, double requests) {
  return {"3 round robin",
          fmt::format("round robin over {} servers, load {:g}", count, rho),
          station(servers(count, 1), {rho, requests}, RoundRobinConfig{}),
          20,
          true,
          {mean_check(response, "exact: each server is E_n/M/1")}};
}

Experiment choices(std::uint32_t count, std::uint32_t choices, double lambda, double requests, double warmup,
                   Check check) {
  return {"4 power of d choices",
          fmt::format("{} choices of {} servers, load {:g}", choices, count, lambda),
          station(servers(count, 1), {lambda, requests, warmup}, LeastRequestConfig{choices, 1.0}),
          20,
          true,
          {std::move(check)}};
}

Experiment two_of_a_hundred(double lambda, double response, double half_width) {
  return choices(100, 2, lambda, 4e6, lambda < .99 ? 300 : 1500,
                 mean_check(response, "simulation of 10 runs, distinct pairs", ReferenceKind::simulated, half_width));
}

// A finite number of servers is above the limit by a share that falls as 1 / servers; the tolerance is that.
Experiment nearly_infinite(std::uint32_t d, double lambda, double response) {
  constexpr std::uint32_t kServers = 1000;
  return choices(kServers, d, lambda, 4e6, 60,
                 mean_check(response, "exact for ever more servers: Mitzenmacher, TPDS 2001", ReferenceKind::exact,
                            response * 0.004));
}

Experiment shortest_queue(std::uint32_t count, double rho, double response, double half_width, double requests) {
  const bool exact = half_width == 0;
  return {"5 shortest queue",
          fmt::format("join the shortest of {} queues, load {:g}", count, rho),
          station(servers(count, 1), {rho, requests, 2000}, LeastRequestConfig{std::nullopt, 1.0}),
          20,
          true,
          {mean_check(response, exact ? "exact: solved chain" : "simulation of 10 runs",
                      exact ? ReferenceKind::exact : ReferenceKind::simulated, half_width)}};
}

Experiment idle_queue(std::uint32_t count, double rho, double response, double half_width, double requests) {
  return {"5 shortest queue",
          fmt::format("join an idle one of {} queues, load {:g}", count, rho),
          station(servers(count, 1), {rho, requests, 2000}, JoinIdleQueueConfig{}),
          20,
          true,
          {mean_check(response, "simulation of 10 runs", ReferenceKind::simulated, half_width)}};
}

}  // namespace

std::vector<Experiment> balancer_experiments() {
  return {round_robin(2, .9, 7.5883, 3e6),
          round_robin(10, .9, 5.6603, 3e6),
          round_robin(100, .9, 5.2268, 3e6),
          round_robin(2, .95, 15.0857, 6e6),
          round_robin(10, .95, 11.1549, 6e6),
          round_robin(100, .95, 10.2707, 6e6),
          two_of_a_hundred(.5, 1.2677, .0006),
          two_of_a_hundred(.7, 1.6202, .0008),
          two_of_a_hundred(.8, 1.9585, .0013),
          two_of_a_hundred(.9, 2.6442, .0029),
          two_of_a_hundred(.95, 3.4565, .0063),
          two_of_a_hundred(.99, 5.937, .024),
          nearly_infinite(2, .5, 1.2657),
          nearly_infinite(2, .9, 2.6141),
          nearly_infinite(2, .95, 3.3830),
          nearly_infinite(3, .5, 1.1252),
          nearly_infinite(3, .9, 2.0279),
          nearly_infinite(3, .95, 2.5351),
          nearly_infinite(5, .5, 1.0313),
          nearly_infinite(5, .9, 1.6329),
          nearly_infinite(5, .95, 1.9888),
          shortest_queue(2, .5, 1.42632, 0, 1e6),
          shortest_queue(2, .8, 2.95574, 0, 2e6),
          shortest_queue(2, .9, 5.47491, 0, 3e6),
          shortest_queue(2, .95, 10.48664, 0, 6e6),
          shortest_queue(10, .8, 1.3561, .0005, 1e6),
          shortest_queue(10, .9, 1.9147, .001, 2e6),
          shortest_queue(10, .95, 2.958, .005, 3e6),
          shortest_queue(100, .9, 1.0671, .0005, 1e6),
          shortest_queue(100, .95, 1.2205, .001, 1e6),
          idle_queue(10, .8, 1.4824, .001, 1e6),
          idle_queue(10, .9, 2.4056, .005, 3e6),
          idle_queue(10, .95, 4.268, .01, 4e6),
          idle_queue(100, .9, 1.0739, .0005, 1e6),
          idle_queue(100, .95, 1.2716, .002, 2e6),
          idle_queue(100, .99, 2.895, .02, 6e6)};
}

}  // namespace meshtwin
