#include "sim/validation/parts.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/stats/interpolated_quantile.h"

namespace meshtwin {
namespace {

Histogram latencies(std::span<const Replication> runs) {
  Histogram all;
  for (const Replication& run : runs) all.merge(run.services[0].success_latency);
  return all;
}

Histogram latencies_of_all(std::span<const Replication> runs, std::size_t service) {
  Histogram all;
  for (const Replication& run : runs) {
    all.merge(run.services[service].success_latency);
    all.merge(run.services[service].failure_latency);
  }
  return all;
}

template <class Part>
double sum(std::span<const Replication> runs, const Part& part, std::size_t service = 0) {
  double total = 0;
  for (const Replication& run : runs) total += static_cast<double>(part(run.services[service]));
  return total;
}

double requests(const ServiceTotals& totals) { return static_cast<double>(totals.requests); }

}  // namespace

Duration services(double count) {
  return Duration(std::llround(count * static_cast<double>(kMeanService.count())));
}

ServiceConfig servers(std::uint32_t instances, std::uint32_t concurrency, const Distribution& time) {
  ServiceConfig service;
  service.name = "station";
  service.instances = instances;
  service.concurrency = concurrency;
  service.service_time = time;
  return service;
}

Scenario station(const ServiceConfig& service, const StationLoad& load, const BalancerConfig& balancer,
                 std::uint32_t replications) {
  Scenario scenario;
  scenario.services = {service};
  scenario.policies.resize(1);
  policy_of(scenario).balancer = balancer;
  ClientConfig client;
  client.name = "client";
  const double per_service = load.rho * service.instances * service.concurrency;
  client.arrivals = PoissonArrivals{per_service / to_seconds(kMeanService)};
  scenario.clients = {client};
  scenario.warmup = services(load.warmup);
  scenario.duration = scenario.warmup + services(load.requests / replications / per_service);
  return scenario;
}

PolicyConfig& policy_of(Scenario& scenario) { return scenario.policies[0].config; }

void add_contender(Scenario& scenario, ServiceConfig service, const BalancerConfig& balancer,
                   const ArrivalConfig& arrivals, std::uint32_t sidecars) {
  const std::size_t number = scenario.services.size();
  service.name = fmt::format("service{}", number + 1);
  scenario.services.push_back(std::move(service));
  scenario.policies.emplace_back().config.balancer = balancer;
  ClientConfig& client = scenario.clients.emplace_back();
  client.name = fmt::format("client{}", number + 1);
  client.service = static_cast<std::uint32_t>(number);
  client.sidecars = sidecars;
  client.arrivals = arrivals;
}

double mean_latency(std::span<const Replication> runs) { return to_milliseconds(latencies(runs).mean()); }

double latency_quantile(std::span<const Replication> runs, double q) {
  return interpolated_quantile_ms(latencies(runs), q);
}

double mean_of_all(std::span<const Replication> runs, std::size_t service) {
  return to_milliseconds(latencies_of_all(runs, service).mean());
}

double quantile_of_all(std::span<const Replication> runs, std::size_t service, double q) {
  return interpolated_quantile_ms(latencies_of_all(runs, service), q);
}

double share_succeeded_of(std::span<const Replication> runs, std::size_t service) {
  return sum(runs, [](const ServiceTotals& t) { return t.successes; }, service) / sum(runs, requests, service);
}

double share_succeeded(std::span<const Replication> runs) { return share_succeeded_of(runs, 0); }

double share_failed(std::span<const Replication> runs) { return 1 - share_succeeded(runs); }

double attempts_per_request(std::span<const Replication> runs) {
  return sum(runs, [](const ServiceTotals& t) { return t.attempts; }) / sum(runs, requests);
}

Check mean_check(double reference, std::string source, ReferenceKind kind, double tolerance) {
  return {"mean response time", std::move(source), kind, reference, tolerance, mean_latency};
}

Check quantile_check(double q, double reference, std::string source, ReferenceKind kind, double tolerance) {
  return {fmt::format("p{:g} of the response time", q * 100), std::move(source), kind, reference, tolerance,
          [q](std::span<const Replication> runs) { return latency_quantile(runs, q); }};
}

Check number_check(std::size_t number, std::string what, double reference, std::string source) {
  Check check{std::move(what), std::move(source), ReferenceKind::exact, reference, 0, {}};
  check.number_from_calls = number;
  return check;
}

Check below(std::string what, double reference, std::string source, Measure measure, ReferenceKind kind) {
  return {std::move(what), std::move(source), kind, reference, 0, std::move(measure), Relation::below};
}

Check above(std::string what, double reference, std::string source, Measure measure, ReferenceKind kind) {
  return {std::move(what), std::move(source), kind, reference, 0, std::move(measure), Relation::above};
}

}  // namespace meshtwin
