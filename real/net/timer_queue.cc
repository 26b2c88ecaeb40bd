#include "real/net/timer_queue.h"

#include <algorithm>

namespace meshtwin {

Timer::~Timer() {
  if (queue_ != nullptr) queue_->stop(*this);
}

void TimerQueue::arm(Timer& timer, Time at) {
  if (at == kNever) return stop(timer);
  const Entry entry{at, armed_++, &timer};
  timer.at_ = at;
  timer.order_ = entry.order;
  if (timer.queue_ != nullptr) return settle(timer.place_, entry);
  timer.queue_ = this;
  heap_.emplace_back();
  rise(heap_.size() - 1, entry);
}

void TimerQueue::stop(Timer& timer) {
  if (timer.queue_ == nullptr) return;
  timer.queue_ = nullptr;
  const std::size_t place = timer.place_;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (last.timer != &timer) settle(place, last);
}

void TimerQueue::run_due(Time now) {
  const std::uint64_t armed_before = armed_;
  while (!heap_.empty() && heap_.front().at <= now && heap_.front().order < armed_before) {
    Timer& timer = *heap_.front().timer;
    stop(timer);
    timer.on_timer(now);
  }
}

void TimerQueue::put(std::size_t place, const Entry& entry) {
  heap_[place] = entry;
  entry.timer->place_ = place;
}

void TimerQueue::settle(std::size_t place, const Entry& entry) {
  if (place > 0 && entry.before(heap_[(place - 1) / kChildren])) return rise(place, entry);
  sink(place, entry);
}

void TimerQueue::rise(std::size_t place, const Entry& entry) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / kChildren;
    if (!entry.before(heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void TimerQueue::sink(std::size_t place, const Entry& entry) {
  while (true) {
    const std::size_t first = place * kChildren + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + kChildren, heap_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(entry)) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, entry);
}

}  // namespace meshtwin
