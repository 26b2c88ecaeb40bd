// One server, first in first out, by Lindley's recursion: what a simulation of it must equal request by
// request.
#pragma once

#include <algorithm>
#include <cassert>
#include <memory>

#include "core/config/scenario.h"
#include "core/random/stream.h"
#include "core/time.h"
#include "core/workload/arrivals.h"

namespace meshtwin {

struct FifoRequest {
  Time due{};
  Duration wait{};
  Duration service{};
  Duration gap{};  // to the next request
};

// Visits the requests that the first client of `scenario` makes in a simulation with `seed`, the warm-up's
// included: the same arrivals, and the same service time for the k-th request. Its service has one instance
// of concurrency 1, the network no delay.
template <class Visit>
void visit_fifo(const Scenario& scenario, std::uint64_t seed, const Visit& visit) {
  const ClientConfig& client = scenario.clients[0];
  const ServiceConfig& service = scenario.services[client.service];
  assert(service.instances == 1 && service.concurrency == 1);
  const auto arrivals = make_arrivals(client.arrivals, stream_seed(seed, "arrivals/" + client.name));
  const std::uint64_t calls = stream_seed(seed, "calls/" + client.name);
  Time free{};
  Time due = arrivals->next();
  for (std::uint64_t k = 0; due < Time(scenario.duration); ++k) {
    const Time next = arrivals->next();
    RandomStream random(mix(mix(calls, k), 0));
    const Duration demand = service.service_time.sample(random);
    const Time begins = std::max(free, due);
    free = begins + demand;
    visit(FifoRequest{due, begins - due, demand, next - due});
    due = next;
  }
}

}  // namespace meshtwin
