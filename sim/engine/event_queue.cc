#include "sim/engine/event_queue.h"

#include <algorithm>

namespace meshtwin {

Time EventQueue::next_time() {
  while (true) {
    if (hole_) close_hole();
    const auto first =
        static_cast<std::size_t>(std::min_element(heads_.begin(), heads_.end()) - heads_.begin());
    if (heads_[first] == kNothing) return kNever;
    Event event = first == kHeap ? heap_.front().event() : lanes_[first].front().event();
    if (event.kind != EventKind::timer || !timers_[event.a].cancelled) return at(heads_[first]);
    take_earliest(event);
    fire(event.a, event);
  }
}

std::size_t EventQueue::size() const { return entries() - cancelled_; }

std::size_t EventQueue::entries() const {
  std::size_t count = heap_size_ - (hole_ ? 1 : 0);
  for (const auto& lane : lanes_) count += lane.size();
  return count;
}

std::uint32_t EventQueue::new_timer() {
  const auto slot = static_cast<std::uint32_t>(timers_.size());
  timers_.emplace_back();
  free_timers_.push_back(slot);
  return slot;
}

void EventQueue::push_heap(Key key, Event event) {
  if (hole_) {
    hole_ = false;
    sift_down(0, key, std::bit_cast<Packed>(event));
  } else {
    if (heap_size_ + kChildren > heap_.size()) heap_.resize(2 * heap_.size());
    sift_up(heap_size_++, key, std::bit_cast<Packed>(event));
  }
  heads_[kHeap] = heap_.front().key;
}

void EventQueue::close_hole() {
  hole_ = false;
  Entry& end = heap_[--heap_size_];
  const Key key = end.key;
  end.key = kNothing;
  if (heap_size_ > 0) sift_down(0, key, end.packed);
  heads_[kHeap] = heap_.front().key;
}

inline void EventQueue::sift_up(std::size_t place, Key key, Packed event) {
  Entry* const heap = heap_.data();
  while (place > 0) {
    const std::size_t parent = (place - 1) / kChildren;
    if (heap[parent].key < key) break;
    heap[place] = heap[parent];
    place = parent;
  }
  heap[place] = {key, event};
}

inline void EventQueue::sift_down(std::size_t place, Key key, Packed event) {
  Entry* const heap = heap_.data();
  const std::size_t count = heap_size_;
  while (true) {
    const std::size_t first = kChildren * place + 1;
    if (first >= count) break;
    const Entry* const child = heap + first;
    std::size_t earliest = 0;
    for (std::size_t i = 1; i < kChildren; ++i) {
      if (child[i].key < child[earliest].key) earliest = i;
    }
    if (key < child[earliest].key) break;
    heap[place] = child[earliest];
    place = first + earliest;
  }
  heap[place] = {key, event};
}

void EventQueue::drop_cancelled() {
  if (hole_) close_hole();
  const auto sweep = [this](auto& entries, std::size_t count) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Entry entry = entries[i];
      const Event event = entry.event();
      if (event.kind == EventKind::timer && timers_[event.a].cancelled) {
        free_timers_.push_back(event.a);
      } else {
        entries[kept++] = entry;
      }
    }
    return kept;
  };
  for (std::size_t i = 0; i < kLanes; ++i) {
    auto& lane = lanes_[i];
    lane.truncate(sweep(lane, lane.size()));
    heads_[i] = lane.empty() ? kNothing : lane.front().key;
    last_[i] = lane.empty() ? Time{} : at(lane.back().key);
  }
  const std::size_t kept = sweep(heap_, heap_size_);
  while (heap_size_ > kept) heap_[--heap_size_].key = kNothing;
  for (std::size_t i = heap_size_ / kChildren + 1; i-- > 0;) {
    const Entry entry = heap_[i];
    if (i < heap_size_) sift_down(i, entry.key, entry.packed);
  }
  heads_[kHeap] = heap_.front().key;
  cancelled_ = 0;
}

}  // namespace meshtwin
