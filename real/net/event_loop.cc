#include "real/net/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace meshtwin {
namespace {

constexpr std::size_t kEventsARound = 256;
// The kernel may wake a thread so much later than asked, to save power; its default of 50 us would show in
// every timeout.
constexpr unsigned long kTimerSlackNs = 1;

epoll_event event_of(IoHandler* handler, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = handler;
  return event;
}

}  // namespace

std::int64_t monotonic_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
}

EventLoop::EventLoop(std::int64_t origin_ns)
    : origin_ns_(origin_ns),
      now_(clock_now()),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      ready_(kEventsARound) {
  assert(epoll_.valid() && wake_.valid());
  epoll_event event = event_of(nullptr, EPOLLIN);
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
}

EventLoop::~EventLoop() = default;

Time EventLoop::refresh_now() {
  now_ = std::max(now_, clock_now());
  return now_;
}

bool EventLoop::watch(int fd, IoHandler& handler, std::uint32_t events) {
  epoll_event event = event_of(&handler, events);
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void EventLoop::rewatch(int fd, IoHandler& handler, std::uint32_t events) {
  epoll_event event = event_of(&handler, events);
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::unwatch(int fd, IoHandler& handler) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  for (std::size_t i = 0; i < ready_count_; ++i) {
    if (ready_[i].data.ptr == &handler) ready_[i].events = 0;
  }
}

bool EventLoop::has_event_for(const IoHandler& handler) const {
  for (std::size_t i = handled_; i < ready_count_; ++i) {
    if (ready_[i].data.ptr == &handler && ready_[i].events != 0) return true;
  }
  return false;
}

void EventLoop::post(std::function<void()> work) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(work));
  }
  eventfd_write(wake_.get(), 1);
}

void EventLoop::stop() {
  stopped_.store(true);
  eventfd_write(wake_.get(), 1);
}

void EventLoop::run() {
  prctl(PR_SET_TIMERSLACK, kTimerSlackNs);
  while (!stopped_.load(std::memory_order_relaxed)) run_once();
  stopped_.store(false);
}

void EventLoop::run_once(Time limit) {
  wait(limit);
  refresh_now();
  bool woken = false;
  for (handled_ = 0; handled_ < ready_count_;) {
    const epoll_event event = ready_[handled_++];
    if (event.data.ptr == nullptr) {
      woken = true;
    } else if (event.events != 0) {
      static_cast<IoHandler*>(event.data.ptr)->on_io(event.events);
    }
  }
  ready_count_ = 0;
  timers_.run_due(now_);
  if (woken) run_posted();
  end_round();
  destroy_retired();
}

void EventLoop::not_at_round_end(const IoHandler& handler) {
  std::replace_if(round_end_.begin(), round_end_.end(), [&](const IoHandler* one) { return one == &handler; },
                  nullptr);
}

// Handlers may ask again meanwhile.
void EventLoop::end_round() {
  for (std::size_t i = 0; i < round_end_.size(); ++i) {
    if (round_end_[i] != nullptr) round_end_[i]->on_round_end();
  }
  round_end_.clear();
}

void EventLoop::destroy_retired() {
  while (!retired_.empty()) std::exchange(retired_, {}).clear();
}

void EventLoop::wait(Time limit) {
  const Time until = std::min(limit, timers_.next());
  timespec timeout{};
  if (until != kNever) {
    const std::int64_t left = std::max<std::int64_t>(0, (until - clock_now()).count());
    timeout.tv_sec = left / 1'000'000'000;
    timeout.tv_nsec = left % 1'000'000'000;
  }
  const int count = epoll_pwait2(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()),
                                 until == kNever ? nullptr : &timeout, nullptr);
  if (count < 0 && errno != EINTR) {
    // A kernel before 5.11. Going on would be going round for ever.
    std::perror("epoll_pwait2");
    std::abort();
  }
  ready_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
}

void EventLoop::run_posted() {
  eventfd_t ignored = 0;
  eventfd_read(wake_.get(), &ignored);
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(posted_mutex_);
    work.swap(posted_);
  }
  for (const auto& one : work) one();
}

}  // namespace meshtwin
