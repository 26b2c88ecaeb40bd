#include "policies/balancers/edf_schedule.h"

#include <algorithm>

namespace meshtwin {

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
