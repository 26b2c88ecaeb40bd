// What an experiment works out of single calls: waits, sizes, and how many requests were at the servers.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/results/call_log.h"
#include "core/time.h"
#include "sim/validation/check.h"

namespace meshtwin {

// The service time that a call of the first client brings with it, where neither instances nor faults change it:
// it follows from the run's seed.
Duration demand_of(const CallsOfRun& run, const LoggedCall& call);

// Visits the finished calls of the first client that were due in the measured time.
void for_each_measured(const CallsOfRun& run, const std::function<void(const LoggedCall&)>& visit);

// Share of the calls that were not served at once, at one FIFO station behind a network without delay.
double share_that_waited(const CallsOfRun& run);

// The mean of response time over size, times `size`, of calls whose size is within a tenth of it.
double response_at_size(const CallsOfRun& run, Duration size);

// By client, each of which has a service of its own: the share of the service's instances with at least
// `lengths[i]` requests inside, averaged over the measured time.
std::vector<std::vector<double>> shares_of_long_queues(const CallsOfRun& run,
                                                       const std::vector<std::uint32_t>& lengths);

}  // namespace meshtwin
