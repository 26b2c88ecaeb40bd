// Timers of one event loop: a heap that knows where each timer is, so that moving or stopping one is cheap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.h"

namespace meshtwin {

class TimerQueue;

// Something to be told when a time has come. Stops by itself when it is destroyed.
class Timer {
 public:
  Timer() = default;
  virtual ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool armed() const { return queue_ != nullptr; }
  // When it is due; kNever while it is not armed.
  Time due() const { return armed() ? at_ : kNever; }

 protected:
  // Called once for each arming, at `now` or later; not armed any more then.
  virtual void on_timer(Time now) = 0;

 private:
  friend class TimerQueue;
  TimerQueue* queue_ = nullptr;
  std::size_t place_ = 0;
  Time at_ = kNever;
  std::uint64_t order_ = 0;
};

// A timer that calls a function of its owner: `MemberTimer<Owner, &Owner::function>`.
template <class Owner, void (Owner::*Function)(Time)>
class MemberTimer final : public Timer {
 public:
  explicit MemberTimer(Owner& owner) : owner_(owner) {}

 private:
  void on_timer(Time now) override { (owner_.*Function)(now); }
  Owner& owner_;
};

// In order of time, and of arming where times are equal. Timers must end before their queue does.
class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // Sets it to `at`, wherever it was set before; kNever stops it.
  void arm(Timer& timer, Time at);
  void stop(Timer& timer);
  Time next() const { return heap_.empty() ? kNever : heap_.front().at; }
  // Calls those due at `now`; those that are armed meanwhile wait for the next time.
  void run_due(Time now);
  std::size_t size() const { return heap_.size(); }

 private:
  struct Entry {
    Time at;
    std::uint64_t order;
    Timer* timer;
    bool before(const Entry& other) const { return at != other.at ? at < other.at : order < other.order; }
  };
  void put(std::size_t place, const Entry& entry);
  void rise(std::size_t place, const Entry& entry);
  void sink(std::size_t place, const Entry& entry);
  void settle(std::size_t place, const Entry& entry);

  static constexpr std::size_t kChildren = 4;
  std::vector<Entry> heap_;
  std::uint64_t armed_ = 0;
};

}  // namespace meshtwin
