#pragma once
// A client's connections, each with one request at a time. Whatever is not the response asked for, whole and
// with status 200, ends the program: no proxy may win by answering wrongly. A tolerant client, for endpoints
// that fail on purpose, takes any status, and connections that end.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/proxy/sockets.h"

namespace meshtwin::bench {

std::int64_t now_ns();  // monotonic

struct RequestShape {
  std::uint64_t response_bytes = 100;
  std::uint64_t body_bytes = 0;  // more than 0 makes it a POST
  bool tolerant = false;
};

class Client {
 public:
  struct Connection {
    int socket = -1;
    bool connected = false;
    bool under_way = false;
    bool broken = false;        // of a tolerant client: it ended before its response
    std::int64_t since_ns = 0;  // for the caller: what latency counts from
    std::uint64_t body_sent = 0;
    std::string head;             // the beginning of one that has not come whole
    bool in_body = false;
    std::uint64_t body_left = 0;  // of the response
    bool watches_output = false;
  };

  // Connections go round the peers, of which there is at least one.
  Client(std::vector<sockaddr_in> peers, const RequestShape& shape);

  // Takes addresses 127.0.1.1 to 127.0.1.250 in turn, so that ports don't run out.
  void open(Connection& connection);
  // Sends a request: now, or as soon as the connection is there. None may be under way.
  void start(Connection& connection);
  void close(Connection& connection);

  // Waits for events, at most timeout_ns (negative: for ever), and calls done for each complete response and
  // each broken connection. The connection may be closed, opened and started in there.
  template <class Done>
  void poll(std::int64_t timeout_ns, const Done& done) {
    const int count = poller_.wait(events_.data(), static_cast<int>(events_.size()), timeout_ns);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events_[i].data.ptr);
      if (handle(connection, events_[i].events)) done(connection);
    }
  }

 private:
  bool handle(Connection& connection, std::uint32_t events);
  void send_request(Connection& connection);
  void send_body(Connection& connection);
  void watch_output(Connection& connection, bool on);
  bool receive(Connection& connection);
  bool end(Connection& connection, int error) const;
  std::uint64_t check_head(std::string_view head) const;

  std::vector<sockaddr_in> peers_;
  std::size_t turn_ = 0;
  sockaddr_in source_;
  RequestShape shape_;
  std::string head_;
  std::string body_;
  Poller poller_;
  std::vector<char> buffer_;
  std::array<epoll_event, 256> events_;
};

}  // namespace meshtwin::bench
