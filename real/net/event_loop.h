// One thread's event loop: sockets through epoll, timers to the microsecond, work that other threads hand in.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/time.h"
#include "real/net/fd.h"
#include "real/net/timer_queue.h"

struct epoll_event;

namespace meshtwin {

// Nanoseconds of the machine's monotonic clock, the same for all of its processes.
std::int64_t monotonic_ns();

// Something that waits for a file descriptor.
class IoHandler {
 public:
  virtual ~IoHandler() = default;
  // `events` as epoll has them: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR.
  virtual void on_io(std::uint32_t events) = 0;
  // After at_round_end().
  virtual void on_round_end() {}
};

// Everything but post() and stop() belongs to the thread that calls run(). Level-triggered.
// Needs Linux 5.11, and ends the program without.
class EventLoop {
 public:
  // Time zero is the moment `origin_ns` of the monotonic clock; it may lie ahead.
  explicit EventLoop(std::int64_t origin_ns = monotonic_ns());
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // When this round of the loop began; it never goes back.
  Time now() const { return now_; }
  // What the clock says at this very moment.
  Time clock_now() const { return Time(Duration(monotonic_ns() - origin_ns_)); }
  // Reads the clock, and makes what it says now().
  Time refresh_now();
  std::int64_t origin_ns() const { return origin_ns_; }

  // Calls `handler` for `events` of `fd`, besides errors and hang-ups, until unwatch. The same handler may
  // watch one descriptor alone. False, with errno, where the kernel refuses.
  bool watch(int fd, IoHandler& handler, std::uint32_t events);
  void rewatch(int fd, IoHandler& handler, std::uint32_t events);
  // No event of this round or later reaches the handler for it any more. Before the descriptor is closed.
  void unwatch(int fd, IoHandler& handler);

  // Calls on_round_end of `handler` once what is ready has been handled. Who sends only then wakes a peer for many
  // messages at a time, where several are ready.
  void at_round_end(IoHandler& handler) { round_end_.push_back(&handler); }
  // Takes that back; before the handler is destroyed otherwise than through retire().
  void not_at_round_end(const IoHandler& handler);

  // Whether an event of this round is still to reach the handler.
  bool has_event_for(const IoHandler& handler) const;

  TimerQueue& timers() { return timers_; }

  // Destroys `object` at the end of this round, when nothing on the stack needs it any more.
  void retire(std::unique_ptr<IoHandler> object) { retired_.push_back(std::move(object)); }
  // Destroys them now; for an owner of what they refer to that ends outside a round.
  void destroy_retired();

  // From any thread: runs `work` in the loop, soon, in order.
  void post(std::function<void()> work);
  // From any thread and from signal handlers: run() returns after this round.
  void stop();

  void run();
  // One round: waits for events, at most until `limit`, and handles them.
  void run_once(Time limit = kNever);

 private:
  void wait(Time limit);
  void run_posted();
  void end_round();

  std::int64_t origin_ns_;
  Time now_;
  Fd epoll_;
  Fd wake_;
  TimerQueue timers_;
  std::vector<epoll_event> ready_;
  std::size_t ready_count_ = 0;
  std::size_t handled_ = 0;  // of those that are ready
  std::vector<IoHandler*> round_end_;
  std::vector<std::unique_ptr<IoHandler>> retired_;
  std::atomic<bool> stopped_{false};
  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace meshtwin
