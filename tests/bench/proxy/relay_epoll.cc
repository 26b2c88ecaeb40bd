// The yardstick: a relay that only copies bytes, with plain epoll in one thread.
//
// meshtwin-bench-relay-epoll LISTEN UPSTREAM...   (addresses are 127.0.0.1:PORT; prints its port)
//
// Each client connection has an upstream connection of its own, the upstreams taking turns. Bytes go from one
// socket to the other straight out of a buffer that all share; only what the other side does not take is
// kept, and meanwhile nothing more is read for it.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/bench/proxy/sockets.h"

namespace meshtwin::bench {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

struct Pair;

struct End {
  int socket = -1;
  End* other = nullptr;
  Pair* pair = nullptr;
  std::vector<char> unsent;  // for this end, from the other
  std::size_t unsent_begin = 0;
  std::uint32_t events = 0;
  bool ended = false;  // no more bytes come from this end

  bool has_unsent() const { return unsent_begin < unsent.size(); }
};

struct Pair {
  End client;
  End upstream;
  bool connected = false;
  bool closed = false;
};

class Relay {
 public:
  Relay(int listener, std::vector<sockaddr_in> upstreams)
      : listener_(listener), upstreams_(std::move(upstreams)), buffer_(kBufferBytes) {
    poller_.add(listener_, EPOLLIN, nullptr);
  }

  void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = poller_.wait(events.data(), static_cast<int>(events.size()));
      for (int i = 0; i < count; ++i) {
        if (events[i].data.ptr == nullptr) {
          accept_all();
        } else {
          handle(*static_cast<End*>(events[i].data.ptr), events[i].events);
        }
      }
      closed_.clear();
    }
  }

 private:
  void accept_all() {
    for (int s = accept_one(listener_); s >= 0; s = accept_one(listener_)) {
      auto* pair = new Pair;
      pair->client = End{s, &pair->upstream, pair, {}, 0, 0, false};
      pair->upstream = End{connect_to(upstreams_[next_]), &pair->client, pair, {}, 0, EPOLLOUT, false};
      next_ = (next_ + 1) % upstreams_.size();
      poller_.add(pair->client.socket, 0, &pair->client);
      poller_.add(pair->upstream.socket, EPOLLOUT, &pair->upstream);
    }
  }

  void handle(End& end, std::uint32_t events) {
    Pair& pair = *end.pair;
    if (pair.closed) return;
    if (!pair.connected) {
      if (&end == &pair.client || (events & (EPOLLERR | EPOLLHUP)) != 0) return close_pair(pair);
      pair.connected = true;
      watch(pair.client);
      watch(pair.upstream);
      return;
    }
    if ((events & EPOLLERR) != 0) return close_pair(pair);
    if ((events & EPOLLOUT) != 0 && !send_unsent(end)) return close_pair(pair);
    if ((events & (EPOLLIN | EPOLLHUP)) != 0 && !end.ended && !end.other->has_unsent() && !copy_from(end))
      close_pair(pair);
  }

  // These return whether the pair lives on.
  bool copy_from(End& end) {
    const ssize_t count = recv(end.socket, buffer_.data(), buffer_.size(), 0);
    if (count < 0) return errno == EAGAIN;
    End& to = *end.other;
    if (count == 0) {
      end.ended = true;
      shutdown(to.socket, SHUT_WR);
      watch(end);
      return !to.ended;
    }
    const ssize_t sent = send(to.socket, buffer_.data(), count, MSG_NOSIGNAL);
    if (sent == count) return true;
    if (sent < 0 && errno != EAGAIN) return false;
    to.unsent.assign(buffer_.data() + std::max<ssize_t>(sent, 0), buffer_.data() + count);
    to.unsent_begin = 0;
    watch(to);
    watch(end);
    return true;
  }

  bool send_unsent(End& to) {
    const ssize_t sent = send(to.socket, to.unsent.data() + to.unsent_begin,
                              to.unsent.size() - to.unsent_begin, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    to.unsent_begin += sent;
    if (to.has_unsent()) return true;
    watch(to);
    watch(*to.other);
    return true;
  }

  void watch(End& end) {
    const bool reads = !end.ended && !end.other->has_unsent();
    const std::uint32_t events = (reads ? EPOLLIN : 0u) | (end.has_unsent() ? EPOLLOUT : 0u);
    if (events == end.events) return;
    end.events = events;
    poller_.change(end.socket, events, &end);
  }

  // Events of this turn may still point to the pair, so that it goes when the turn is over.
  void close_pair(Pair& pair) {
    pair.closed = true;
    close(pair.client.socket);
    close(pair.upstream.socket);
    closed_.emplace_back(&pair);
  }

  int listener_;
  std::vector<sockaddr_in> upstreams_;
  std::size_t next_ = 0;
  Poller poller_;
  std::vector<char> buffer_;
  std::vector<std::unique_ptr<Pair>> closed_;
};

}  // namespace
}  // namespace meshtwin::bench

int main(int argc, char** argv) {
  using namespace meshtwin::bench;
  if (argc < 3) fail("usage: %s LISTEN UPSTREAM...", argv[0]);
  raise_descriptor_limit();
  const int listener = listen_on(parse_address(argv[1]));
  std::vector<sockaddr_in> upstreams;
  for (int i = 2; i < argc; ++i) upstreams.push_back(parse_address(argv[i]));
  std::printf("%d\n", local_port(listener));
  std::fflush(stdout);
  Relay(listener, std::move(upstreams)).run();
}
