#include "policies/balancers/join_idle_queue.h"

#include <algorithm>

#include "core/state_archive.h"
#include "core/upstream/uniform_pick.h"

namespace meshtwin {

void JoinIdleQueueBalancer::enqueue(EndpointIndex endpoint) {
  if (queued_.size() <= endpoint) queued_.resize(endpoint + std::size_t{1});
  if (queued_[endpoint]) return;
  queued_[endpoint] = true;
  idle_.push_back(endpoint);
}

// A retry, or a pick in charge where this one is in the dark, may go to one in the queue: it isn't idle any more.
void JoinIdleQueueBalancer::on_start(Time, const EndpointSet&, EndpointIndex endpoint) {
  if (endpoint >= queued_.size() || !queued_[endpoint]) return;
  queued_[endpoint] = false;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < idle_.size(); ++i) {
    if (idle_[i] != endpoint) idle_[kept++] = idle_[i];
  }
  idle_.truncate(kept);
}

void JoinIdleQueueBalancer::on_release(const EndpointSet& endpoints, EndpointIndex endpoint) {
  if (endpoints.active(endpoint) == 0 && may_get_work(endpoints, endpoint)) enqueue(endpoint);
}

// Those that came, or came back, queue up from a random one on, so that clients don't run in step.
void JoinIdleQueueBalancer::refresh(const PickContext& context) {
  const EndpointSet& endpoints = context.endpoints;
  if (version_ == endpoints.version()) return;
  version_ = endpoints.version();
  const auto eligible = endpoints.eligible();
  weightless_ =
      std::all_of(eligible.begin(), eligible.end(), [&](EndpointIndex e) { return endpoints.weight(e) == 0; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < idle_.size(); ++i) {
    const EndpointIndex e = idle_[i];
    queued_[e] = endpoints.is_eligible(e) && may_get_work(endpoints, e);
    if (queued_[e]) idle_[kept++] = e;
  }
  idle_.truncate(kept);
  const std::size_t from = context.random.below(eligible.size());
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    const EndpointIndex e = eligible[(from + i) % eligible.size()];
    if (endpoints.active(e) == 0 && may_get_work(endpoints, e)) enqueue(e);
  }
}

// Busy ones and those that aren't eligible leave the queue on the way; who is kept out of this pick stays in it.
bool JoinIdleQueueBalancer::take_idle(const PickContext& context, EndpointIndex& picked) {
  const EndpointSet& endpoints = context.endpoints;
  std::size_t kept = 0;
  while (kept < idle_.size()) {
    const EndpointIndex e = idle_[kept];
    const bool idle = endpoints.active(e) == 0 && endpoints.is_eligible(e);
    if (idle && context.excludes(e)) {
      ++kept;
      continue;
    }
    for (std::size_t i = kept; i > 0; --i) idle_[i] = idle_[i - 1];
    idle_.pop_front();
    queued_[e] = false;
    if (!idle) continue;
    picked = e;
    return true;
  }
  return false;
}

Pick JoinIdleQueueBalancer::pick(const PickContext& context) {
  refresh(context);
  EndpointIndex picked = 0;
  if (take_idle(context, picked)) {
    if (context.trace != nullptr) trace_idle(context, picked);
    return Pick::picked(picked);
  }
  Candidates::Drawn drawn;
  candidates_.draw(context, 1, drawn);
  if (context.trace != nullptr) {
    trace_uniform(context, drawn[0], "join_idle_queue: uniformly, since none is idle", *context.trace);
  }
  return Pick::picked(drawn[0]);
}

void JoinIdleQueueBalancer::went_elsewhere(const EndpointSet& endpoints, const Pick& own, const Pick&) {
  const EndpointIndex e = own.endpoint;
  const bool idle = own.kind == Pick::Kind::picked && endpoints.active(e) == 0 && may_get_work(endpoints, e);
  if (!idle || queued_[e]) return;
  queued_[e] = true;
  idle_.push_front(e);
}

double JoinIdleQueueBalancer::score(const EndpointSet& endpoints, EndpointIndex endpoint, Time) const {
  return endpoints.active(endpoint);
}

ScoreMeaning JoinIdleQueueBalancer::score_meaning(const EndpointSet&) const {
  return {"active requests", ScoreOrder::lower_wins};
}

void JoinIdleQueueBalancer::trace_idle(const PickContext& context, EndpointIndex picked) const {
  PickTrace& out = *context.trace;
  out.begin("join_idle_queue: the one that has been idle for longest", {"place in the queue", ScoreOrder::lower_wins});
  out.pick(picked, 0);
  const std::size_t shown = std::min<std::size_t>(idle_.size(), 4);
  for (std::size_t i = 0; i < shown; ++i) {
    const EndpointIndex e = idle_[i];
    if (e == picked || !context.endpoints.is_eligible(e)) continue;
    out.consider(e, static_cast<double>(i + 1), context.excludes(e));
  }
}

void JoinIdleQueueBalancer::archive(StateArchive& archive, const EndpointSet& endpoints) {
  std::vector<EndpointIndex> idle;
  for (std::size_t i = 0; i < idle_.size(); ++i) idle.push_back(idle_[i]);
  archive.value(version_);
  archive.value(weightless_);
  archive.list(idle, kArchivedEndpointsMax, [&](EndpointIndex& e) {
    archive.value(e);
    archive.require(e < endpoints.index_bound());
  });
  if (!archive.loading() || archive.failed()) return;
  idle_.clear();
  queued_.assign(endpoints.index_bound(), false);
  for (const EndpointIndex e : idle) {
    archive.require(!queued_[e]);
    queued_[e] = true;
    idle_.push_back(e);
  }
}

}  // namespace meshtwin
