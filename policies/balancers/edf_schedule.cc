#include "policies/balancers/edf_schedule.h"

#include <algorithm>

namespace meshtwin {

void EdfSchedule::refresh(const EndpointSet& endpoints, RandomStream& random) {
  if (version_ == endpoints.version()) return;
  version_ = endpoints.version();
  heap_.clear();
  now_ = 0;
  for (const EndpointIndex e : endpoints.eligible()) {
    const double weight = endpoints.weight(e);
    const double deadline = weight > 0 ? random.unit() / weight : kNoDeadline;
    push(Entry{deadline, order_++, e});
  }
}

void EdfSchedule::push(const Entry& entry) {
  heap_.push_back(entry);
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

EdfSchedule::Entry EdfSchedule::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  const Entry entry = heap_.back();
  heap_.pop_back();
  return entry;
}

}  // namespace meshtwin
