// What stands behind the proxies: answers every request as fast as it can, on several ports in one thread.
//
// meshtwin-bench-backend COUNT   (listens on COUNT free ports of 127.0.0.1 and prints them in one line)
//
// The target of a request says how many bytes its response's body has: GET /100. Bodies of requests are read
// and dropped.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/proxy/http_head.h"
#include "tests/bench/proxy/sockets.h"

namespace meshtwin::bench {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;

struct Peer {
  int socket;
  bool is_listener;
  std::string head;                      // the beginning of one that has not come whole
  std::uint64_t body_left = 0;           // of the request
  const std::string* response = nullptr;  // of the request under way
  std::size_t sent = 0;                  // of the response; it is being sent while this is not its size
  bool sending = false;
};

class Backend {
 public:
  Backend() : buffer_(kBufferBytes) {}

  void listen(const sockaddr_in& address) {
    const int s = listen_on(address);
    std::printf("%d ", local_port(s));
    poller_.add(s, EPOLLIN, new Peer{s, true, {}});
  }

  void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = poller_.wait(events.data(), static_cast<int>(events.size()));
      for (int i = 0; i < count; ++i) handle(*static_cast<Peer*>(events[i].data.ptr));
    }
  }

 private:
  void handle(Peer& peer) {
    if (peer.is_listener) {
      for (int s = accept_one(peer.socket); s >= 0; s = accept_one(peer.socket))
        poller_.add(s, EPOLLIN, new Peer{s, false, {}});
    } else if (!(peer.sending ? send_rest(peer) : receive(peer))) {
      close(peer.socket);
      delete &peer;
    }
  }

  // These return whether the connection lives on.
  bool receive(Peer& peer) {
    const ssize_t count = recv(peer.socket, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) return count < 0 && errno == EAGAIN;
    std::string_view bytes(buffer_.data(), count);
    while (!bytes.empty()) {
      if (peer.sending) fail("the backend was sent a request before it had answered the last one");
      if (peer.response == nullptr && !read_head(peer, bytes)) return true;
      const std::size_t body = std::min<std::uint64_t>(peer.body_left, bytes.size());
      bytes.remove_prefix(body);
      peer.body_left -= body;
      if (peer.body_left == 0 && !respond(peer)) return false;
    }
    return true;
  }

  // Takes the head off bytes; false when it has not come whole.
  bool read_head(Peer& peer, std::string_view& bytes) {
    if (!peer.head.empty()) {
      const std::size_t before = peer.head.size();
      peer.head += bytes;
      const std::size_t size = head_bytes(peer.head);
      if (size == 0) return false;
      bytes.remove_prefix(size - before);
      begin(peer, std::string_view(peer.head).substr(0, size));
      peer.head.clear();
      return true;
    }
    const std::size_t size = head_bytes(bytes);
    if (size == 0) {
      peer.head = bytes;
      return false;
    }
    begin(peer, bytes.substr(0, size));
    bytes.remove_prefix(size);
    return true;
  }

  void begin(Peer& peer, std::string_view head) {
    const std::size_t target = head.find('/');
    std::uint64_t bytes = 0;
    if (target == head.npos ||
        std::from_chars(head.data() + target + 1, head.data() + head.size(), bytes).ec != std::errc{})
      fail("the backend was asked for something else than /BYTES: %.*s", static_cast<int>(head.size()),
           head.data());
    peer.response = &response_of(bytes);
    peer.sent = 0;
    if (head.front() == 'P') peer.body_left = content_length(head).value_or(0);
  }

  const std::string& response_of(std::uint64_t bytes) {
    std::string& response = responses_[bytes];
    if (response.empty()) {
      response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(bytes) +
                 "\r\n\r\n" + std::string(bytes, 'x');
    }
    return response;
  }

  bool respond(Peer& peer) {
    peer.sending = false;
    const ssize_t sent =
        send(peer.socket, peer.response->data() + peer.sent, peer.response->size() - peer.sent, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    peer.sent += std::max<ssize_t>(sent, 0);
    if (peer.sent == peer.response->size()) {
      peer.response = nullptr;
    } else {
      peer.sending = true;
      poller_.change(peer.socket, EPOLLOUT, &peer);
    }
    return true;
  }

  bool send_rest(Peer& peer) {
    if (!respond(peer)) return false;
    if (!peer.sending) poller_.change(peer.socket, EPOLLIN, &peer);
    return true;
  }

  Poller poller_;
  std::vector<char> buffer_;
  std::map<std::uint64_t, std::string> responses_;
};

}  // namespace
}  // namespace meshtwin::bench

int main(int argc, char** argv) {
  using namespace meshtwin::bench;
  const int count = argc == 2 ? std::atoi(argv[1]) : 0;
  if (count < 1) fail("usage: %s COUNT", argv[0]);
  raise_descriptor_limit();
  Backend backend;
  for (int i = 0; i < count; ++i) backend.listen(parse_address("127.0.0.1:0"));
  std::puts("");
  std::fflush(stdout);
  backend.run();
}
