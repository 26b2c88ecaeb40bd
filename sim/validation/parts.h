// What scenarios of the validation are put together from, and what is measured of them. The mean service time is one
// millisecond unless an experiment says otherwise, so that milliseconds are mean services.
#pragma once

#include <span>
#include <string>

#include "core/config/scenario.h"
#include "core/results/replication.h"
#include "sim/validation/check.h"

namespace meshtwin {

inline constexpr Duration kMeanService = std::chrono::milliseconds(1);

Duration services(double count);  // that many mean services

struct StationLoad {
  double rho = 0.8;       // of each worker
  double requests = 1e6;  // measured ones, of all replications together
  double warmup = 1000;   // of each replication, in mean services
};

ServiceConfig servers(std::uint32_t instances, std::uint32_t concurrency,
                      const Distribution& time = Distribution::exponential(kMeanService));
// One client with Poisson arrivals at one service, a network without delay, calls that are never given up.
Scenario station(const ServiceConfig& service, const StationLoad& load, const BalancerConfig& balancer,
                 std::uint32_t replications = 20);
PolicyConfig& policy_of(Scenario& scenario);

// Of the first service; times in milliseconds.
double mean_latency(std::span<const Replication> runs);
double latency_quantile(std::span<const Replication> runs, double q);
double share_failed(std::span<const Replication> runs);
double share_succeeded(std::span<const Replication> runs);
double attempts_per_request(std::span<const Replication> runs);

Check mean_check(double reference, std::string source, ReferenceKind kind = ReferenceKind::exact,
                 double tolerance = 0);
Check quantile_check(double q, double reference, std::string source, ReferenceKind kind = ReferenceKind::exact,
                     double tolerance = 0);

}  // namespace meshtwin
