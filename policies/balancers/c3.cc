#include "policies/balancers/c3.h"

#include <algorithm>

#include "core/state_archive.h"
#include "core/upstream/uniform_pick.h"

namespace meshtwin {
namespace {

constexpr double kPerMillisecond = 1e-6;  // of nanoseconds
constexpr double kAverageMax = 1e19;
constexpr double kUnknown = 1e12;  // nanoseconds, below all that is known

double nanoseconds(Duration duration) { return static_cast<double>(duration.count()); }

}  // namespace

C3Balancer::State& C3Balancer::known(Time now, EndpointIndex endpoint) {
  if (endpoint >= states_.size()) states_.resize(endpoint + std::size_t{1});
  State& state = states_[endpoint];
  if (config_.rate_control && state.rate.rate() == 0) state.rate.begin(*config_.rate_control, now);
  return state;
}

void C3Balancer::average(double& state, double value) const {
  state = state < 0 ? value : state * config_.smoothing + value * (1 - config_.smoothing);
}

void C3Balancer::on_start(Time now, const EndpointSet&, EndpointIndex endpoint) {
  State& state = known(now, endpoint);
  if (config_.rate_control) state.rate.sent(*config_.rate_control, now);
}

// What failed or was given up would have taken at least as long: it never lowers the average.
void C3Balancer::on_result(Time now, const EndpointSet&, const AttemptResult& result) {
  State& state = known(now, result.endpoint);
  const double latency = nanoseconds(result.latency);
  const bool raises = state.response >= 0 && latency > state.response;
  if (result.verdict == Verdict::success || raises) average(state.response, latency);
  if (config_.rate_control) state.rate.received(*config_.rate_control, now);
}

void C3Balancer::on_report(Time now, const EndpointSet&, EndpointIndex endpoint, const LoadReport& report) {
  State& state = known(now, endpoint);
  if (report.in_flight) average(state.queue, *report.in_flight);
  if (report.service_time > Duration::zero()) average(state.service, nanoseconds(report.service_time));
}

inline double C3Balancer::score_ns(const EndpointSet& endpoints, EndpointIndex endpoint) const {
  const double active = endpoints.active(endpoint);
  const State* state = endpoint < states_.size() ? &states_[endpoint] : nullptr;
  const double queue = state != nullptr ? std::max(state->queue, 0.0) : 0;
  const double q = 1 + active * config_.clients + queue;
  if (state == nullptr || (state->service < 0 && state->response < 0)) return q - kUnknown;
  if (state->service < 0) return state->response + q * q * q;
  return std::max(state->response, 0.0) - state->service + q * q * q * state->service;
}

inline bool C3Balancer::has_room(EndpointIndex endpoint, Time now) const {
  if (!config_.rate_control || endpoint >= states_.size() || states_[endpoint].rate.rate() == 0) return true;
  return states_[endpoint].rate.has_room(*config_.rate_control, now);
}

Pick C3Balancer::pick(const PickContext& context) {
  Candidates::Drawn drawn;
  const std::size_t count = candidates_.draw(context, config_.choices, drawn);
  const EndpointIndex* best = nullptr;
  double least = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!has_room(drawn[i], context.now)) continue;
    const double score = score_ns(context.endpoints, drawn[i]);
    if (best != nullptr && score >= least) continue;
    best = &drawn[i];
    least = score;
  }
  if (context.trace != nullptr) [[unlikely]] trace(context, std::span(drawn).first(count), best);
  if (best != nullptr) return Pick::picked(*best);
  Time until = kNever;
  for (std::size_t i = 0; i < count; ++i) {
    until = std::min(until, states_[drawn[i]].rate.room_at(*config_.rate_control, context.now));
  }
  return Pick::queue(until);
}

double C3Balancer::score(const EndpointSet& endpoints, EndpointIndex endpoint, Time) const {
  return score_ns(endpoints, endpoint) * kPerMillisecond;
}

void C3Balancer::trace(const PickContext& context, std::span<const EndpointIndex> drawn,
                       const EndpointIndex* winner) const {
  PickTrace& out = *context.trace;
  out.begin(winner != nullptr ? "c3: lowest score of those drawn that may be sent to"
                              : "c3: rate control holds all that were drawn",
            score_meaning(context.endpoints));
  const auto score_of = [&](EndpointIndex e) { return score(context.endpoints, e, context.now); };
  for (const EndpointIndex e : drawn) out.consider(e, score_of(e), !has_room(e, context.now));
  trace_excluded(context, out, score_of);
  if (winner != nullptr) out.pick(*winner, score_of(*winner));
}

void C3Balancer::archive(StateArchive& archive, const EndpointSet&) {
  archive.list(states_, kArchivedEndpointsMax, [&](State& state) {
    for (double* average : {&state.response, &state.service, &state.queue}) {
      archive.value(*average);
      archive.require(*average >= -1 && *average <= kAverageMax);
    }
    bool limited = state.rate.rate() != 0;
    archive.value(limited);
    archive.require(!limited || config_.rate_control.has_value());
    if (limited) state.rate.archive(archive);
  });
}

}  // namespace meshtwin
