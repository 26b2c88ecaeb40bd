#include "core/upstream/endpoint_breakers.h"

#include <algorithm>
#include <utility>

namespace meshtwin {

const Breaker* EndpointBreakers::find(EndpointIndex endpoint) const {
  return endpoint < entries_.size() ? entries_[endpoint].breaker.get() : nullptr;
}

void EndpointBreakers::readmit_due(Time now, EndpointSet& endpoints) {
  auto due = waiting_.begin();
  while (due != waiting_.end() && due->at <= now) {
    ask(now, due->endpoint, endpoints);
    ++due;
  }
  waiting_.erase(waiting_.begin(), due);
}

void EndpointBreakers::apply_to(EndpointSet& endpoints) const {
  for (EndpointIndex e = 0; e < entries_.size(); ++e) {
    if (entries_[e].rejects) endpoints.set_ejected(e, true);
  }
}

std::uint32_t EndpointBreakers::on_start(Time now, EndpointIndex endpoint, EndpointSet& endpoints) {
  if (entries_.size() <= endpoint) entries_.resize(endpoint + std::size_t{1});
  std::unique_ptr<Breaker>& breaker = entries_[endpoint].breaker;
  if (!breaker) breaker = factory_();
  const std::uint32_t ticket = breaker->on_start(now);
  refresh(now, endpoint, endpoints);
  return ticket;
}

void EndpointBreakers::on_finish(Time now, EndpointIndex endpoint, std::uint32_t ticket, Verdict verdict,
                                 EndpointSet& endpoints) {
  entries_[endpoint].breaker->on_finish(now, ticket, verdict);
  refresh(now, endpoint, endpoints);
}

bool EndpointBreakers::ask(Time now, EndpointIndex endpoint, EndpointSet& endpoints) {
  Entry& entry = entries_[endpoint];
  const bool rejects = !entry.breaker->admits(now);
  if (rejects == entry.rejects) return !rejects;
  entry.rejects = rejects;
  endpoints.set_ejected(endpoint, rejects);
  return !rejects;
}

void EndpointBreakers::refresh(Time now, EndpointIndex endpoint, EndpointSet& endpoints) {
  if (ask(now, endpoint, endpoints)) return;
  const Time until = entries_[endpoint].breaker->opens_until();
  if (until == kNever) return;
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
