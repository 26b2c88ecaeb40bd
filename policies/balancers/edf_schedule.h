// Earliest deadline first: endpoints come up in proportion to weights that may change from pick to pick.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "core/random/stream.h"
#include "core/upstream/endpoint_set.h"
#include "core/upstream/pick_trace.h"

namespace meshtwin {

// Each endpoint has a virtual deadline; the earliest one is picked and comes up again 1/weight later, with
// the weight that it has then (Envoy's scheduler of the same name). Logarithmic in the number of endpoints.
class EdfSchedule {
 public:
  // Rebuilds when the eligible endpoints or weights changed, from random phases so that clients don't run in
  // step.
  void refresh(const EndpointSet& endpoints, RandomStream& random) {
    if (!is_for(endpoints)) rebuild(endpoints, random, [&](EndpointIndex e) { return endpoints.weight(e); });
  }
  // The same in any case, with `weight` of each eligible endpoint.
  template <class Weight>
  void rebuild(const EndpointSet& endpoints, RandomStream& random, const Weight& weight);
  bool is_for(const EndpointSet& endpoints) const { return version_ == endpoints.version(); }

  // The next endpoint that `skip` does not refuse; skipped ones keep their deadline. Endpoints of weight 0
  // come up only when there are no others. `trace`, if any, gets the deadlines of those skipped, of the one
  // picked and of the one that would have been next.
  template <class Weight, class Skip>
  EndpointIndex pick(const Weight& weight, const Skip& skip, PickTrace* trace = nullptr);

  void archive(StateArchive& archive, const EndpointSet& endpoints);

 private:
  struct Entry {
    double deadline = 0;
    std::uint64_t order = 0;  // breaks ties: first come, first served
    EndpointIndex endpoint = 0;
    bool operator>(const Entry& other) const {
      return deadline != other.deadline ? deadline > other.deadline : order > other.order;
    }
  };
  static constexpr double kNoDeadline = std::numeric_limits<double>::infinity();  // of weight 0
  template <class Skip>
  void explain(const Entry& picked, const Skip& skip, PickTrace& trace) const;
  void push(const Entry& entry);
  Entry pop();

  std::vector<Entry> heap_;
  std::vector<Entry> skipped_;
  std::uint64_t version_ = ~std::uint64_t{0};
  std::uint64_t order_ = 0;
  double now_ = 0;  // virtual
};

template <class Weight>
void EdfSchedule::rebuild(const EndpointSet& endpoints, RandomStream& random, const Weight& weight) {
  version_ = endpoints.version();
  heap_.clear();
  now_ = 0;
  for (const EndpointIndex e : endpoints.eligible()) {
    const double w = weight(e);
    push(Entry{w > 0 ? random.unit() / w : kNoDeadline, order_++, e});
  }
}

template <class Weight, class Skip>
EndpointIndex EdfSchedule::pick(const Weight& weight, const Skip& skip, PickTrace* trace) {
  skipped_.clear();
  Entry entry = pop();
  while (skip(entry.endpoint) && !heap_.empty()) {
    skipped_.push_back(entry);
    entry = pop();
  }
  if (trace != nullptr) explain(entry, skip, *trace);
  for (const Entry& kept : skipped_) push(kept);
  const EndpointIndex picked = entry.endpoint;
  if (entry.deadline > now_ && entry.deadline < kNoDeadline) now_ = entry.deadline;
  const double w = weight(picked);
  entry.deadline = w > 0 ? now_ + 1 / w : kNoDeadline;
  entry.order = order_++;
  push(entry);
  return picked;
}

template <class Skip>
void EdfSchedule::explain(const Entry& picked, const Skip& skip, PickTrace& trace) const {
  for (const Entry& entry : skipped_) trace.consider(entry.endpoint, entry.deadline, true);
  trace.consider(picked.endpoint, picked.deadline);
  const Entry* next = nullptr;
  for (const Entry& entry : heap_) {
    if (skip(entry.endpoint)) continue;
    if (next == nullptr || *next > entry) next = &entry;
    if (next == heap_.data()) break;  // the heap's first one is its earliest
  }
  if (next != nullptr) trace.consider(next->endpoint, next->deadline);
  trace.pick(picked.endpoint, picked.deadline);
}

}  // namespace meshtwin
