#include "core/upstream/endpoint_breakers.h"

#include <algorithm>
#include <utility>

namespace meshtwin {

Breaker* EndpointBreakers::find(EndpointIndex endpoint) {
  return endpoint < breakers_.size() ? breakers_[endpoint].get() : nullptr;
}

void EndpointBreakers::readmit_due(Time now, EndpointSet& endpoints) {
  auto due = waiting_.begin();
  while (due != waiting_.end() && due->at <= now) {
    endpoints.set_ejected(due->endpoint, !breakers_[due->endpoint]->admits(now));
    ++due;
  }
  waiting_.erase(waiting_.begin(), due);
}

void EndpointBreakers::apply_to(EndpointSet& endpoints) const {
  for (const Readmission& entry : waiting_) endpoints.set_ejected(entry.endpoint, true);
}

std::uint32_t EndpointBreakers::on_start(Time now, EndpointIndex endpoint, EndpointSet& endpoints) {
  if (breakers_.size() <= endpoint) breakers_.resize(endpoint + std::size_t{1});
  if (!breakers_[endpoint]) breakers_[endpoint] = factory_();
  const std::uint32_t ticket = breakers_[endpoint]->on_start(now);
  refresh(now, endpoint, endpoints);
  return ticket;
}

void EndpointBreakers::on_finish(Time now, EndpointIndex endpoint, std::uint32_t ticket, Verdict verdict,
                                 EndpointSet& endpoints) {
  breakers_[endpoint]->on_finish(now, ticket, verdict);
  refresh(now, endpoint, endpoints);
}

void EndpointBreakers::refresh(Time now, EndpointIndex endpoint, EndpointSet& endpoints) {
  Breaker& breaker = *breakers_[endpoint];
  const bool admits = breaker.admits(now);
  endpoints.set_ejected(endpoint, !admits);
  const Time until = breaker.opens_until();
  if (admits || until == kNever) return;
  const auto listed = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const Readmission& r) { return r.endpoint == endpoint; });
  if (listed != waiting_.end()) {
    if (listed->at == until) return;
    waiting_.erase(listed);
  }
  const Readmission entry{until, endpoint};
  waiting_.insert(std::upper_bound(waiting_.begin(), waiting_.end(), entry,
                                   [](const Readmission& a, const Readmission& b) {
                                     return a.at != b.at ? a.at < b.at : a.endpoint < b.endpoint;
                                   }),
                  entry);
}

}  // namespace meshtwin
