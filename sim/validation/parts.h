// What scenarios of the validation are put together from, and what is measured of them. The mean service time is one
// millisecond unless an experiment says otherwise, so that milliseconds are mean services.
#pragma once

#include <cstddef>
#include <functional>
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
// One more service of a scenario, with a client and a policy of its own: for those that are compared at one time.
void add_contender(Scenario& scenario, ServiceConfig service, const BalancerConfig& balancer,
                   const ArrivalConfig& arrivals, std::uint32_t sidecars = 1);

// Of the first service; times in milliseconds.
double mean_latency(std::span<const Replication> runs);
double latency_quantile(std::span<const Replication> runs, double q);
double share_failed(std::span<const Replication> runs);
double share_succeeded(std::span<const Replication> runs);
double attempts_per_request(std::span<const Replication> runs);
// Of all calls of service number `service`, failures included, in milliseconds.
double mean_of_all(std::span<const Replication> runs, std::size_t service);
double quantile_of_all(std::span<const Replication> runs, std::size_t service, double q);
double share_succeeded_of(std::span<const Replication> runs, std::size_t service);

Check mean_check(double reference, std::string source, ReferenceKind kind = ReferenceKind::exact,
                 double tolerance = 0);
Check quantile_check(double q, double reference, std::string source, ReferenceKind kind = ReferenceKind::exact,
                     double tolerance = 0);
// Of the experiment's numbers from calls.
Check number_check(std::size_t number, std::string what, double reference, std::string source);
using Measure = std::function<double(std::span<const Replication>)>;
// That what is measured lies on one side of the reference.
Check below(std::string what, double reference, std::string source, Measure measure,
            ReferenceKind kind = ReferenceKind::published);
Check above(std::string what, double reference, std::string source, Measure measure,
            ReferenceKind kind = ReferenceKind::published);

}  // namespace meshtwin
