// Pending events in order of time, and of scheduling where times are equal.
#pragma once

#include <array>
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
// number).
class EventQueue {
 public:
  enum class Lane : std::uint8_t { arrivals, messages, timers };

  // A scheduled event that can be taken back. Valid until the event is delivered or cancelled.
  struct TimerId {
    std::uint32_t slot = kNoTimer;
    bool armed() const { return slot != kNoTimer; }
  };

  void schedule(Time at, const Event& event) { push_heap({at, sequence_++, event}); }
  void schedule(Time at, const Event& event, Lane lane) { push(lane, {at, sequence_++, event}); }

  TimerId arm(Time at, const Event& event);
  // Does nothing for an id that isn't armed; leaves it so.
  void cancel(TimerId& timer);

  // When the next event is due; kNever when there is none.
  Time next_time();
  // The next event, or false when there is none. `now` becomes its time.
  bool pop(Time& now, Event& event);

  // Events that wait, cancelled ones not counted.
  std::size_t size() const;

 private:
  static constexpr std::uint32_t kNoTimer = 0xffffffff;
  static constexpr std::size_t kLanes = 3;

  struct Entry {
    Time at{};
    std::uint64_t sequence = 0;
    Event event;  // of kind `timer` for a slot of timers_

    bool before(const Entry& other) const {
      return at != other.at ? at < other.at : sequence < other.sequence;
    }
  };

  struct Timer {
    Event event;
    bool cancelled = false;
  };

  void push(Lane lane, const Entry& entry);
  void push_heap(const Entry& entry);
  void pop_heap();
  void sift_down(std::size_t at, const Entry& entry);
  // Where the earliest entry is: a lane's number, kLanes for the heap; none: kLanes + 1.
  std::size_t earliest() const;
  const Entry& front(std::size_t source) const { return source < kLanes ? lanes_[source].front() : heap_[0]; }
  void drop_front(std::size_t source);
  void drop_cancelled();
  bool is_cancelled(const Entry& entry) const {
    return entry.event.kind == EventKind::timer && timers_[entry.event.a].cancelled;
  }
  void release(const Entry& entry) {
    if (entry.event.kind == EventKind::timer) free_timers_.push_back(entry.event.a);
  }

  std::array<RingBuffer<Entry>, kLanes> lanes_;
  std::vector<Entry> heap_;
  std::uint64_t sequence_ = 0;
  std::vector<Timer> timers_;
  std::vector<std::uint32_t> free_timers_;
  std::size_t cancelled_ = 0;  // entries that wait although they are cancelled
};

}  // namespace meshtwin
