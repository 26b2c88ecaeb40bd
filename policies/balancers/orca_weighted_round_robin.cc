#include "policies/balancers/orca_weighted_round_robin.h"

#include <algorithm>

#include "core/state_archive.h"
#include "core/upstream/uniform_pick.h"

namespace meshtwin {

void OrcaWeightedRoundRobinBalancer::on_report(Time now, const EndpointSet&, EndpointIndex endpoint,
                                               const LoadReport& report) {
  const double utilization =
      report.application_utilization > 0 ? report.application_utilization : report.cpu_utilization;
  const double requests = report.requests_per_second;
  if (!(requests > 0) || !(utilization > 0)) return;
  const double penalty = report.errors_per_second / requests * config_.error_utilization_penalty;
  const double weight = requests / (utilization + penalty);
  if (!(weight > 0 && weight < 1e18)) return;  // what a strange report leads to
  if (endpoint >= reported_.size()) reported_.resize(endpoint + std::size_t{1});
  Reported& reported = reported_[endpoint];
  const bool expired = reported.latest != kNever && now - reported.latest >= config_.weight_expiration_period;
  if (reported.since == kNever || expired) reported.since = now;
  reported.weight = weight;
  reported.latest = now;
}

// 0: none.
double OrcaWeightedRoundRobinBalancer::usable(Time now, EndpointIndex endpoint) const {
  if (endpoint >= reported_.size() || reported_[endpoint].latest == kNever) return 0;
  const Reported& reported = reported_[endpoint];
  if (now - reported.latest >= config_.weight_expiration_period) return 0;
  if (now - reported.since < config_.blackout_period) return 0;
  return reported.weight;
}

double OrcaWeightedRoundRobinBalancer::weight_in_use(const EndpointSet& endpoints, EndpointIndex endpoint) const {
  if (endpoints.weight(endpoint) == 0) return 0;
  return endpoint < in_use_.size() ? in_use_[endpoint] : 1;
}

void OrcaWeightedRoundRobinBalancer::update(const PickContext& context) {
  const EndpointSet& endpoints = context.endpoints;
  if (version_ != endpoints.version()) {
    version_ = endpoints.version();
    for (EndpointIndex e = 0; e < reported_.size(); ++e) {
      if (!endpoints.membership()->contains(e)) reported_[e] = {};
    }
  }
  next_update_ = saturating_add(context.now, config_.weight_update_period);
  in_use_.clear();
  const auto eligible = endpoints.eligible();
  double sum = 0;
  std::size_t known = 0;
  for (const EndpointIndex e : eligible) {
    const double weight = usable(context.now, e);
    sum += weight;
    known += weight > 0 ? 1 : 0;
  }
  if (known >= 2) {
    const double mean = sum / static_cast<double>(known);
    in_use_.assign(eligible.back() + std::size_t{1}, 1);
    for (const EndpointIndex e : eligible) {
      const double weight = usable(context.now, e);
      in_use_[e] = weight > 0 ? weight / mean : 1;
    }
  }
  schedule_.rebuild(endpoints, context.random, [&](EndpointIndex e) { return weight_in_use(endpoints, e); });
}

Pick OrcaWeightedRoundRobinBalancer::pick(const PickContext& context) {
  if (context.now >= next_update_ || version_ != context.endpoints.version()) update(context);
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  const auto skip = [&](EndpointIndex e) { return restricted && context.excludes(e); };
  if (context.trace != nullptr) {
    context.trace->begin("orca_weighted_round_robin: earliest deadline", {"deadline", ScoreOrder::lower_wins});
  }
  return Pick::picked(schedule_.pick([&](EndpointIndex e) { return weight_in_use(context.endpoints, e); }, skip,
                                     context.trace));
}

double OrcaWeightedRoundRobinBalancer::score(const EndpointSet& endpoints, EndpointIndex endpoint, Time) const {
  return endpoints.membership()->contains(endpoint) ? weight_in_use(endpoints, endpoint) : 0;
}

void OrcaWeightedRoundRobinBalancer::archive(StateArchive& archive, const EndpointSet& endpoints) {
  archive.value(version_);
  archive.value(next_update_);
  archive.list(reported_, kArchivedEndpointsMax, [&](Reported& reported) {
    archive.value(reported.latest);
    if (reported.latest == kNever) return;
    archive.value(reported.since);
    archive.value(reported.weight);
    archive.require(reported.weight > 0 && reported.weight < 1e18 && reported.since <= reported.latest);
  });
  archive.list(in_use_, kArchivedEndpointsMax, [&](double& weight) {
    archive.value(weight);
    archive.require(weight > 0 && weight < 1e19);
  });
  schedule_.archive(archive, endpoints);
  if (!archive.loading() || version_ != endpoints.version()) return;
  archive.require(schedule_.is_for(endpoints) || endpoints.eligible().empty());
}

}  // namespace meshtwin
