#include "policies/balancers/peak_ewma.h"

#include <algorithm>

#include "core/random/deterministic_math.h"
#include "core/state_archive.h"
#include "core/upstream/uniform_pick.h"

namespace meshtwin {
namespace {

constexpr double kPerMillisecond = 1e-6;  // of nanoseconds

double nanoseconds(Duration duration) { return static_cast<double>(duration.count()); }

}  // namespace

PeakEwmaBalancer::PeakEwmaBalancer(const PeakEwmaConfig& config)
    : config_(config), per_decay_(1 / nanoseconds(config.decay)), default_ns_(nanoseconds(config.default_rtt)),
      candidates_(config.replicas_of.has_value()) {}

PeakEwmaBalancer::Estimate& PeakEwmaBalancer::known(Time now, EndpointIndex endpoint) {
  if (endpoint >= estimates_.size()) estimates_.resize(endpoint + std::size_t{1});
  Estimate& estimate = estimates_[endpoint];
  if (estimate.at == kNever) estimate = {default_ns_, false, now};
  return estimate;
}

void PeakEwmaBalancer::refresh(const PickContext& context) {
  version_ = context.endpoints.version();
  for (const EndpointIndex e : context.endpoints.eligible()) known(context.now, e);
}

void PeakEwmaBalancer::on_result(Time now, const EndpointSet&, const AttemptResult& result) {
  Estimate& estimate = known(now, result.endpoint);
  const double latency = nanoseconds(result.latency);
  const double kept = meshtwin::exp(-nanoseconds(now - estimate.at) * per_decay_);
  const bool answered = result.verdict == Verdict::success;
  if (answered && !estimate.is_measured) {
    estimate = {latency, true, now};
  } else if (latency > (answered ? estimate.latency_ns : estimate.latency_ns * kept)) {
    estimate = {latency, estimate.is_measured, now};
  } else if (answered) {
    estimate = {estimate.latency_ns * kept + latency * (1 - kept), true, now};
  } else if (result.verdict == Verdict::failure) {
    estimate.at = now;
  }
}

inline double PeakEwmaBalancer::decayed_ns(EndpointIndex endpoint, Time now) const {
  if (endpoint >= estimates_.size() || estimates_[endpoint].at == kNever) return default_ns_;
  const Estimate& estimate = estimates_[endpoint];
  return estimate.latency_ns * meshtwin::exp(-nanoseconds(now - estimate.at) * per_decay_);
}

inline double PeakEwmaBalancer::cost_ns(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const {
  const double cost = decayed_ns(endpoint, now) * (endpoints.active(endpoint) + 1.0);
  return endpoints.equal_weights() ? cost : cost / std::max(endpoints.weight(endpoint), 1u);
}

Pick PeakEwmaBalancer::pick(const PickContext& context) {
  if (version_ != context.endpoints.version()) [[unlikely]] refresh(context);
  Candidates::Drawn drawn;
  const std::size_t count = candidates_.draw(context, config_.choices, drawn);
  EndpointIndex best = drawn[0];
  double least = cost_ns(context.endpoints, best, context.now);
  for (std::size_t i = 1; i < count; ++i) {
    const double cost = cost_ns(context.endpoints, drawn[i], context.now);
    best = cost < least ? drawn[i] : best;
    least = std::min(cost, least);
  }
  if (context.trace != nullptr) [[unlikely]] trace(context, std::span(drawn).first(count), best);
  return Pick::picked(best);
}

double PeakEwmaBalancer::score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const {
  return cost_ns(endpoints, endpoint, now) * kPerMillisecond;
}

ScoreMeaning PeakEwmaBalancer::score_meaning(const EndpointSet& endpoints) const {
  return {endpoints.equal_weights() ? "latency estimate in ms * (active + 1)"
                                    : "latency estimate in ms * (active + 1) / weight",
          ScoreOrder::lower_wins};
}

void PeakEwmaBalancer::trace(const PickContext& context, std::span<const EndpointIndex> drawn,
                             EndpointIndex winner) const {
  PickTrace& out = *context.trace;
  out.begin("peak_ewma: lowest cost of those drawn", score_meaning(context.endpoints));
  const auto score_of = [&](EndpointIndex e) { return score(context.endpoints, e, context.now); };
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  for (const EndpointIndex e : drawn) out.consider(e, score_of(e), restricted && context.excludes(e));
  trace_excluded(context, out, score_of);
  out.pick(winner, score_of(winner));
}

void PeakEwmaBalancer::archive(StateArchive& archive, const EndpointSet&) {
  archive.value(version_);
  archive.list(estimates_, kArchivedEndpointsMax, [&](Estimate& estimate) {
    archive.value(estimate.at);
    if (estimate.at == kNever) return;
    archive.value(estimate.latency_ns);
    archive.value(estimate.is_measured);
    archive.require(estimate.latency_ns >= 0 && estimate.latency_ns < 1e19);
  });
}

}  // namespace meshtwin
