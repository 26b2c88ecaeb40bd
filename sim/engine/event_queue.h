// Pending events in order of time, and of scheduling where times are equal.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <vector>

#include "core/ring_buffer.h"
#include "core/time.h"
#include "sim/engine/event.h"

namespace meshtwin {

// Events of one source whose times most often ascend (messages with a constant delay, timeouts of one length)
// go into a lane, a first-in first-out queue, in constant time; whatever does not ascend, and everything
// without a lane, goes into a four-ary heap. The order of delivery is the same either way: (time, sequence
// number). Nothing may be scheduled for a time before that of the last event delivered.
class EventQueue {
 public:
  enum class Lane : std::uint8_t { arrivals, messages, timers };

  // A scheduled event that can be taken back. Valid until the event is delivered or cancelled.
  struct TimerId {
    std::uint32_t slot = kNoTimer;
    bool armed() const { return slot != kNoTimer; }
  };

  void schedule(Time at, Event event) { push_heap(next_key(at), event); }
  void schedule(Time at, Event event, Lane lane) { push(lane, next_key(at), event); }

  TimerId arm(Time at, Event event) {
    const std::uint32_t slot = free_timers_.empty() ? new_timer() : free_timers_.back();
    free_timers_.pop_back();
    timers_[slot] = Timer{event, false};
    push(Lane::timers, next_key(at), Event{EventKind::timer, slot, 0, 0});
    return TimerId{slot};
  }
  // Does nothing for an id that isn't armed; leaves it so.
  void cancel(TimerId& timer) {
    if (!timer.armed()) return;
    timers_[timer.slot].cancelled = true;
    timer.slot = kNoTimer;
    ++cancelled_;
    // Most timeouts never fire: without this the queue would hold one entry for each call of the last
    // timeout.
    if (cancelled_ > kCancelledKept && cancelled_ > size()) drop_cancelled();
  }

  // When the next event is due; kNever when there is none.
  Time next_time();

  // The next event, or false when there is none. `now` becomes its time.
  bool pop(Time& now, Event& event) {
    while (true) {
      const Key key = take_earliest(event);
      if (key == kNothing) return false;
      assert(at(key) >= now);
      if (event.kind == EventKind::timer && !fire(event.a, event)) continue;
      now = at(key);
      return true;
    }
  }

  // Events that wait, cancelled ones not counted.
  std::size_t size() const;
  // The same with the cancelled ones that still take memory: after each cancel, at most 1024 or size() more.
  std::size_t entries() const;

 private:
  static constexpr std::uint32_t kNoTimer = 0xffffffff;
  static constexpr std::size_t kCancelledKept = 1024;
  static constexpr std::size_t kLanes = 3;
  static constexpr std::size_t kChildren = 4;
  // The sources of events: the lanes by their numbers, then the heap.
  static constexpr std::size_t kArrivals = static_cast<std::size_t>(Lane::arrivals);
  static constexpr std::size_t kMessages = static_cast<std::size_t>(Lane::messages);
  static constexpr std::size_t kTimers = static_cast<std::size_t>(Lane::timers);
  static constexpr std::size_t kHeap = kLanes;

  // Time in the upper half, sequence number in the lower one: one comparison orders two entries.
  __extension__ using Key = unsigned __int128;
  static constexpr Key kNothing = ~Key{0};

  // An event as one number, which goes from register to register where four numbers would go through memory.
  __extension__ using Packed = unsigned __int128;

  struct Entry {
    Key key = kNothing;
    Packed packed = 0;  // an Event, of kind `timer` for a slot of timers_

    Event event() const { return std::bit_cast<Event>(packed); }
  };

  struct Timer {
    Event event;
    bool cancelled = false;
  };

  Key next_key(Time at) {
    assert(at >= Time{});
    return static_cast<Key>(static_cast<std::uint64_t>(at.time_since_epoch().count())) << 64 | sequence_++;
  }
  static Time at(Key key) { return Time(Duration(static_cast<Duration::rep>(key >> 64))); }

  void push(Lane lane, Key key, Event event) {
    const auto number = static_cast<std::size_t>(lane);
    if (at(key) < last_[number]) return push_heap(key, event);
    last_[number] = at(key);
    if (lanes_[number].empty()) heads_[number] = key;
    lanes_[number].push_back({key, std::bit_cast<Packed>(event)});
  }

  void push_heap(Key key, Event event);

  // Takes out the earliest entry of all; kNothing when there is none. In branches: guessing the source wrong
  // now and then costs less than knowing nothing of the event before all comparisons are done.
  Key take_earliest(Event& event) {
    if (hole_) close_hole();
    const Key arrival = heads_[kArrivals];
    const Key message = heads_[kMessages];
    const Key timer = heads_[kTimers];
    const Key heap = heads_[kHeap];
    if (message < heap) {
      if (message < arrival) return message < timer ? take<kMessages>(event) : take<kTimers>(event);
      return arrival < timer ? take<kArrivals>(event) : take<kTimers>(event);
    }
    if (heap < arrival) return heap < timer ? take<kHeap>(event) : take<kTimers>(event);
    if (arrival < timer) return take<kArrivals>(event);
    return timer == kNothing ? kNothing : take<kTimers>(event);
  }

  // Takes the first entry out of a source that has one.
  template <std::size_t kSource>
  Key take(Event& event) {
    const Key key = heads_[kSource];
    if constexpr (kSource == kHeap) {
      // Most often the end of one service begins the next: its entry goes into the hole.
      event = heap_.front().event();
      hole_ = true;
    } else {
      auto& lane = lanes_[kSource];
      event = lane.front().event();
      lane.pop_front();
      heads_[kSource] = lane.empty() ? kNothing : lane.front().key;
    }
    return key;
  }

  // The event of a timer whose entry was taken out; false for a cancelled one. Its slot is free then.
  bool fire(std::uint32_t slot, Event& event) {
    free_timers_.push_back(slot);
    if (timers_[slot].cancelled) return --cancelled_, false;
    event = timers_[slot].event;
    return true;
  }

  std::uint32_t new_timer();
  void close_hole();
  void sift_up(std::size_t place, Key key, Packed event);
  void sift_down(std::size_t place, Key key, Packed event);
  void drop_cancelled();

  // What is first in each source.
  std::array<Key, kLanes + 1> heads_{kNothing, kNothing, kNothing, kNothing};
  std::array<Time, kLanes> last_{};  // the latest time that went into each lane
  bool hole_ = false;                // the heap's first entry is no longer there
  std::array<RingBuffer<Entry>, kLanes> lanes_;
  // Places past the end hold kNothing, at least three of them, so that each group of children is whole.
  std::vector<Entry> heap_ = std::vector<Entry>(16);
  std::size_t heap_size_ = 0;  // the hole included
  std::uint64_t sequence_ = 0;
  std::vector<Timer> timers_;
  std::vector<std::uint32_t> free_timers_;
  std::size_t cancelled_ = 0;  // entries that wait although they are cancelled
};

}  // namespace meshtwin
