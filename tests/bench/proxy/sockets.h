#pragma once
// What every program of this benchmark needs of IPv4 sockets: non-blocking, no delay for small writes.
#include <netinet/in.h>
#include <sys/epoll.h>

#include <cstdint>

namespace meshtwin::bench {

// Says why on standard error and ends the program with status 1: a benchmark has no use for half a result.
[[noreturn]] void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Of "127.0.0.1:8080". Fails on anything else.
sockaddr_in parse_address(const char* text);

// A listening socket. A port of 0 becomes a free one, which local_port() tells.
int listen_on(const sockaddr_in& address);
std::uint16_t local_port(int socket);

// The next connection, or -1 when none waits. Fails when there are no file descriptors left.
int accept_one(int listener);

// Begins to connect; writable once it is done. Fails when it fails at once.
int connect_to(const sockaddr_in& peer);
// The same from another address of this machine, which has its own range of ports.
int connect_from(const sockaddr_in& source, const sockaddr_in& peer);

// Fails unless the connection that has become writable is there.
void check_connected(int socket);

// As many file descriptors as the system allows.
void raise_descriptor_limit();

// epoll with a pointer for each socket; level-triggered.
class Poller {
 public:
  Poller();
  void add(int socket, std::uint32_t events, void* owner);
  void change(int socket, std::uint32_t events, void* owner);
  // Returns how many events are there; waits for the first one, at most timeout_ns (negative: for ever).
  int wait(epoll_event* events, int events_max, std::int64_t timeout_ns = -1);

 private:
  int epoll_;
};

}  // namespace meshtwin::bench
