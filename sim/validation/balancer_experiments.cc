// Sections 3 and 5: round robin, and queues that are short or empty.
#include <optional>
#include <variant>

#include <fmt/format.h>

#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

constexpr const char* kSimulated = "simulation of 10 runs, interval not published, taken to be";

// A queue that begins empty has its mean but for .3 % after 6 (1 + 1 / n) / (1 - rho)^2 services (by the
// diffusion limit: Abate, Whitt, "Transient behavior of regulated Brownian motion", 1987).
Experiment round_robin(std::uint32_t count, double rho, double response, double requests) {
  const double warmup = 6 * (1 + 1.0 / count) / (1 - rho) / (1 - rho);
  const std::uint32_t replications = count < 100 ? 20 : 10;  // each begins with a warm-up of all servers
  return {"3 round robin",
          fmt::format("round robin over {} servers, load {:g}", count, rho),
          station(servers(count, 1), {rho, requests, warmup}, RoundRobinConfig{}, replications),
          replications,
          true,
          {mean_check(response, "exact: each server is E_n/M/1")}};
}

// Poisson arrivals at ever more servers come ever more evenly to each of them; the limit is D/M/1, which evenly spaced
// arrivals make of any number of servers.
Experiment ever_more(double rho, double response, double requests) {
  constexpr std::uint32_t kServers = 10;
  Experiment out{"3 round robin",
                 fmt::format("round robin over {} servers, arrivals evenly spaced, load {:g}", kServers, rho),
                 station(servers(kServers, 1), {rho, requests, rho < .95 ? 1000.0 : 3000.0}, RoundRobinConfig{}),
                 20,
                 true,
                 {mean_check(response, "exact: each server is D/M/1, the limit of ever more servers")}};
  const double rate = std::get<PoissonArrivals>(out.scenario.clients[0].arrivals).rate;
  out.scenario.clients[0].arrivals = DeterministicArrivals{rate};
  return out;
}

Experiment shortest_queue(std::uint32_t count, double rho, double response, double half_width, double requests) {
  const bool exact = half_width == 0;
  return {"5 shortest queue",
          fmt::format("join the shortest of {} queues, load {:g}", count, rho),
          station(servers(count, 1), {rho, requests, 2000}, LeastRequestConfig{std::nullopt, 1.0}),
          20,
          true,
          {mean_check(response, exact ? "exact: solved chain" : kSimulated,
                      exact ? ReferenceKind::exact : ReferenceKind::simulated, half_width)}};
}

Experiment idle_queue(std::uint32_t count, double rho, double response, double half_width, double requests) {
  return {"5 shortest queue",
          fmt::format("join an idle one of {} queues, load {:g}", count, rho),
          station(servers(count, 1), {rho, requests, 2000}, JoinIdleQueueConfig{}),
          20,
          true,
          {mean_check(response, kSimulated, ReferenceKind::simulated, half_width)}};
}

}  // namespace

std::vector<Experiment> balancer_experiments() {
  return {round_robin(2, .9, 7.5883, 3e6),
          round_robin(10, .9, 5.6603, 3e6),
          round_robin(100, .9, 5.2268, 3e6),
          round_robin(2, .95, 15.0857, 4e6),
          round_robin(10, .95, 11.1549, 4e6),
          round_robin(100, .95, 10.2707, 4e6),
          ever_more(.9, 5.1787, 1.5e6),
          ever_more(.95, 10.1724, 3e6),
          shortest_queue(2, .5, 1.42632, 0, 1e6),
          shortest_queue(2, .8, 2.95574, 0, 2e6),
          shortest_queue(2, .9, 5.47491, 0, 3e6),
          shortest_queue(2, .95, 10.48664, 0, 4e6),
          shortest_queue(10, .8, 1.3561, .0005, 1e6),
          shortest_queue(10, .9, 1.9147, .001, 2e6),
          shortest_queue(10, .95, 2.958, .005, 3e6),
          shortest_queue(100, .9, 1.0671, .0005, 4e5),
          shortest_queue(100, .95, 1.2205, .001, 4e5),
          idle_queue(10, .8, 1.4824, .001, 1e6),
          idle_queue(10, .9, 2.4056, .005, 3e6),
          idle_queue(10, .95, 4.268, .01, 4e6),
          idle_queue(100, .9, 1.0739, .0005, 1e6),
          idle_queue(100, .95, 1.2716, .002, 2e6),
          idle_queue(100, .99, 2.895, .02, 4e6)};
}

}  // namespace meshtwin
