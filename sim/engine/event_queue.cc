#include "sim/engine/event_queue.h"

#include <algorithm>

namespace meshtwin {

EventQueue::TimerId EventQueue::arm(Time at, const Event& event) {
  if (free_timers_.empty()) {
    free_timers_.push_back(static_cast<std::uint32_t>(timers_.size()));
    timers_.emplace_back();
  }
  const std::uint32_t slot = free_timers_.back();
  free_timers_.pop_back();
  timers_[slot] = Timer{event, false};
  push(Lane::timers, {at, sequence_++, Event{EventKind::timer, slot, 0, 0}});
  return TimerId{slot};
}

void EventQueue::cancel(TimerId& timer) {
  if (!timer.armed()) return;
  timers_[timer.slot].cancelled = true;
  timer.slot = kNoTimer;
  ++cancelled_;
  // Most timeouts never fire: without this the queue would hold one entry for each call of the last timeout.
  if (cancelled_ > 1024 && cancelled_ > size()) drop_cancelled();
}

Time EventQueue::next_time() {
  while (true) {
    const std::size_t source = earliest();
    if (source > kLanes) return kNever;
    const Entry& entry = front(source);
    if (!is_cancelled(entry)) return entry.at;
    --cancelled_;
    release(entry);
    drop_front(source);
  }
}

bool EventQueue::pop(Time& now, Event& event) {
  while (true) {
    const std::size_t source = earliest();
    if (source > kLanes) return false;
    const Entry& entry = front(source);
    const bool live = !is_cancelled(entry);
    if (live) {
      assert(entry.at >= now);
      now = entry.at;
      event = entry.event.kind == EventKind::timer ? timers_[entry.event.a].event : entry.event;
    } else {
      --cancelled_;
    }
    release(entry);
    drop_front(source);
    if (live) return true;
  }
}

std::size_t EventQueue::size() const {
  std::size_t entries = heap_.size();
  for (const auto& lane : lanes_) entries += lane.size();
  return entries - cancelled_;
}

void EventQueue::push(Lane lane, const Entry& entry) {
  auto& fifo = lanes_[static_cast<std::size_t>(lane)];
  if (fifo.empty() || fifo.back().at <= entry.at) {
    fifo.push_back(entry);
  } else {
    push_heap(entry);
  }
}

std::size_t EventQueue::earliest() const {
  std::size_t best = heap_.empty() ? kLanes + 1 : kLanes;
  const Entry* first = heap_.empty() ? nullptr : heap_.data();
  for (std::size_t i = 0; i < kLanes; ++i) {
    if (lanes_[i].empty()) continue;
    const Entry* candidate = &lanes_[i].front();
    if (first == nullptr || candidate->before(*first)) {
      first = candidate;
      best = i;
    }
  }
  return best;
}

void EventQueue::drop_front(std::size_t source) {
  if (source < kLanes) {
    lanes_[source].pop_front();
  } else {
    pop_heap();
  }
}

void EventQueue::push_heap(const Entry& entry) {
  std::size_t at = heap_.size();
  heap_.push_back(entry);
  while (at > 0) {
    const std::size_t parent = (at - 1) / 4;
    if (!entry.before(heap_[parent])) break;
    heap_[at] = heap_[parent];
    at = parent;
  }
  heap_[at] = entry;
}

void EventQueue::pop_heap() {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (!heap_.empty()) sift_down(0, last);
}

void EventQueue::sift_down(std::size_t at, const Entry& entry) {
  const std::size_t count = heap_.size();
  while (true) {
    const std::size_t first_child = 4 * at + 1;
    if (first_child >= count) break;
    const std::size_t end = std::min(first_child + 4, count);
    std::size_t child = first_child;
    for (std::size_t other = first_child + 1; other < end; ++other) {
      if (heap_[other].before(heap_[child])) child = other;
    }
    if (!heap_[child].before(entry)) break;
    heap_[at] = heap_[child];
    at = child;
  }
  heap_[at] = entry;
}

void EventQueue::drop_cancelled() {
  const auto sweep = [this](auto& entries) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (is_cancelled(entries[i])) {
        release(entries[i]);
      } else {
        entries[kept++] = entries[i];
      }
    }
    return kept;
  };
  for (auto& lane : lanes_) lane.truncate(sweep(lane));
  heap_.resize(sweep(heap_));
  if (heap_.size() > 1) {
    for (std::size_t i = (heap_.size() - 2) / 4 + 1; i-- > 0;) sift_down(i, Entry(heap_[i]));
  }
  cancelled_ = 0;
}

}  // namespace meshtwin
