#include "policies/balancers/prequal.h"

#include <algorithm>
#include <cmath>

#include "core/state_archive.h"
#include "core/upstream/uniform_pick.h"

namespace meshtwin {
namespace {

constexpr std::size_t kFewestProbes = 2;  // below, the pick is random
constexpr double kUsesMax = 1e6;
constexpr double kHot = 1e9;
constexpr std::uint32_t kInFlightMax = 1'000'000'000;

// The whole part of what is due by now; the rest stays due, so that the mean is met without drawing.
std::size_t take_whole(double& due, double more) {
  due += more;
  const double whole = std::floor(due);
  due -= whole;
  return static_cast<std::size_t>(whole);
}

}  // namespace

PrequalBalancer::PrequalBalancer(const PrequalConfig& config) : config_(config) { pool_.reserve(config.pool_size + 1); }

void PrequalBalancer::choose_probes(const PickContext& context, std::vector<EndpointIndex>& targets) {
  const std::size_t wanted = take_whole(probes_due_, config_.probes_per_call);
  if (wanted == 0) return;
  Candidates::Drawn drawn;
  const std::size_t count = candidates_.draw(context, wanted, drawn);
  targets.insert(targets.end(), drawn.begin(), drawn.begin() + static_cast<std::ptrdiff_t>(count));
}

std::size_t PrequalBalancer::pool_limit(const EndpointSet& endpoints) const {
  return std::min<std::size_t>(config_.pool_size, std::max<std::size_t>(endpoints.eligible().size() / 2, 2));
}

std::uint32_t PrequalBalancer::uses(const EndpointSet& endpoints) {
  const double known = static_cast<double>(std::max<std::size_t>(endpoints.eligible().size(), 1));
  const double kept = 1 - static_cast<double>(pool_limit(endpoints)) / known;
  const double added = kept * config_.probes_per_call - config_.removals_per_call;
  const double wanted = added > 0 ? std::clamp((1 + config_.delta) / added, 1.0, kUsesMax) : kUsesMax;
  return static_cast<std::uint32_t>(take_whole(uses_due_, wanted));
}

void PrequalBalancer::on_report(Time now, const EndpointSet& endpoints, EndpointIndex endpoint,
                                const LoadReport& report) {
  if (!report.in_flight || !endpoints.is_eligible(endpoint)) return;
  const std::uint32_t in_flight = std::min(*report.in_flight, kInFlightMax);
  in_flight_.add(in_flight);
  hot_above_ = in_flight_.at(config_.rif_quantile);
  while (pool_.size() >= pool_limit(endpoints)) pool_.erase(pool_.begin());
  pool_.push_back({endpoint, in_flight, std::max(uses(endpoints), 1u), report.latency, now});
}

inline bool PrequalBalancer::better(const Probe& a, const Probe& b) const {
  const bool a_hot = is_hot(a);
  if (a_hot != is_hot(b)) return !a_hot;
  return a_hot ? a.in_flight < b.in_flight : a.latency < b.latency;
}

inline double PrequalBalancer::score_of(const Probe& probe, bool hot) {
  return hot ? kHot + probe.in_flight : to_milliseconds(probe.latency);
}

// Answers that are too old, and those of endpoints that are out by now.
void PrequalBalancer::drop_useless(const PickContext& context) {
  std::size_t old = 0;
  while (old < pool_.size() && context.now - pool_[old].at > config_.probe_lifetime) ++old;
  pool_.erase(pool_.begin(), pool_.begin() + static_cast<std::ptrdiff_t>(old));
  if (version_ == context.endpoints.version()) return;
  version_ = context.endpoints.version();
  std::erase_if(pool_, [&](const Probe& probe) {
    const bool weightless = context.endpoints.weight(probe.endpoint) == 0 && !context.endpoints.equal_weights();
    return weightless || !context.endpoints.is_eligible(probe.endpoint);
  });
}

Pick PrequalBalancer::pick(const PickContext& context) {
  drop_useless(context);
  std::size_t usable = 0;
  Place best = pool_.end();
  for (Place probe = pool_.begin(); probe != pool_.end(); ++probe) {
    if (!context.excluded.empty() && context.excludes(probe->endpoint)) continue;
    ++usable;
    if (best == pool_.end() || better(*probe, *best)) best = probe;
  }
  if (usable < kFewestProbes) {
    Candidates::Drawn drawn;
    candidates_.draw(context, 1, drawn);
    if (context.trace != nullptr) [[unlikely]] trace(context, nullptr, drawn[0]);
    return Pick::picked(drawn[0]);
  }
  const EndpointIndex picked = best->endpoint;
  if (context.trace != nullptr) [[unlikely]] trace(context, &*best, picked);
  use(best);
  remove_some();
  return Pick::picked(picked);
}

void PrequalBalancer::use(Place used) {
  const EndpointIndex endpoint = used->endpoint;
  if (--used->uses_left == 0) pool_.erase(used);
  for (Probe& probe : pool_) {
    if (probe.endpoint == endpoint) ++probe.in_flight;
  }
}

void PrequalBalancer::remove_some() {
  for (std::size_t left = take_whole(removals_due_, config_.removals_per_call); left > 0 && !pool_.empty(); --left) {
    const auto better_than = [&](const Probe& a, const Probe& b) { return better(a, b); };
    pool_.erase(remove_worst_ ? std::max_element(pool_.begin(), pool_.end(), better_than) : pool_.begin());
    remove_worst_ = !remove_worst_;
  }
}

// Of the latest answer; 0 where none is in hand.
double PrequalBalancer::score(const EndpointSet&, EndpointIndex endpoint, Time) const {
  const auto latest = std::find_if(pool_.rbegin(), pool_.rend(), [&](const Probe& p) { return p.endpoint == endpoint; });
  return latest == pool_.rend() ? 0 : score_of(*latest, is_hot(*latest));
}

void PrequalBalancer::trace(const PickContext& context, const Probe* winner, EndpointIndex picked) const {
  PickTrace& out = *context.trace;
  if (winner == nullptr) return trace_uniform(context, picked, "prequal: fewer than two answers to probes: uniformly", out);
  out.begin("prequal: cold with the lowest latency, else fewest in flight, of the answers to probes",
            score_meaning(context.endpoints));
  for (const Probe& probe : pool_) {
    const auto shadows = [&](const Probe& other) {
      return other.endpoint == probe.endpoint && (better(other, probe) || (!better(probe, other) && &other < &probe));
    };
    if (std::any_of(pool_.begin(), pool_.end(), shadows)) continue;
    out.consider(probe.endpoint, score_of(probe, is_hot(probe)), context.excludes(probe.endpoint));
  }
  out.pick(picked, score_of(*winner, is_hot(*winner)));
}

void PrequalBalancer::archive(StateArchive& archive, const EndpointSet& endpoints) {
  archive.value(version_);
  for (double* due : {&probes_due_, &removals_due_, &uses_due_}) {
    archive.value(*due);
    archive.require(*due >= 0 && *due < 1);
  }
  archive.value(remove_worst_);
  in_flight_.archive(archive);
  if (!archive.failed() && !in_flight_.empty()) hot_above_ = in_flight_.at(config_.rif_quantile);
  archive.list(pool_, config_.pool_size, [&](Probe& probe) {
    archive.value(probe.endpoint);
    archive.value(probe.in_flight);
    archive.value(probe.uses_left);
    archive.value(probe.at);
    std::int64_t latency = probe.latency.count();
    archive.value(latency);
    probe.latency = Duration(latency);
    archive.require(probe.uses_left > 0 && latency >= 0 && probe.endpoint < endpoints.index_bound());
  });
}

}  // namespace meshtwin
