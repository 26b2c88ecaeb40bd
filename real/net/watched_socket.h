// A connected socket and what its event loop watches it for.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <utility>

#include "real/net/event_loop.h"
#include "real/net/fd.h"

namespace meshtwin {

// Asks the kernel only when the interest changes. A socket that is watched for nothing isn't watched at all:
// hang-ups are reported whether asked for or not, and would come again and again.
class WatchedSocket {
 public:
  WatchedSocket(EventLoop& loop, IoHandler& handler, Fd fd)
      : loop_(loop), handler_(handler), fd_(std::move(fd)) {}
  ~WatchedSocket() { close(); }
  WatchedSocket(const WatchedSocket&) = delete;
  WatchedSocket& operator=(const WatchedSocket&) = delete;

  int fd() const { return fd_.get(); }
  bool open() const { return fd_.valid(); }
  bool reads() const { return (events_ & EPOLLIN) != 0; }
  bool writes() const { return (events_ & EPOLLOUT) != 0; }

  // `breaks`: a hang-up or reset is of interest even where nothing else is, and ends the watching.
  // False where the kernel can't watch any more sockets.
  bool watch_for(bool reading, bool writing, bool breaks = false) {
    std::uint32_t events = (reading ? EPOLLIN | EPOLLRDHUP : 0u) | (writing ? EPOLLOUT : 0u);
    if (breaks && events == 0) events = EPOLLHUP;
    const std::uint32_t before = std::exchange(events_, events);
    if (events == before) return true;
    if (events == 0) {
      loop_.unwatch(fd_.get(), handler_);
    } else if (before == 0) {
      if (!loop_.watch(fd_.get(), handler_, events)) {
        events_ = 0;
        return false;
      }
    } else {
      loop_.rewatch(fd_.get(), handler_, events);
    }
    return true;
  }
  bool read_on(bool reading) { return watch_for(reading, writes()); }
  bool write_on(bool writing) { return watch_for(reads(), writing); }

  void close() {
    if (!fd_.valid()) return;
    if (events_ != 0) loop_.unwatch(fd_.get(), handler_);
    events_ = 0;
    fd_.reset();
  }
  // Gives the socket away, watched by nobody.
  Fd release() {
    if (events_ != 0) loop_.unwatch(fd_.get(), handler_);
    events_ = 0;
    return std::move(fd_);
  }

 private:
  EventLoop& loop_;
  IoHandler& handler_;
  Fd fd_;
  std::uint32_t events_ = 0;
};

}  // namespace meshtwin
