#include "tests/bench/proxy/sockets.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace meshtwin::bench {
namespace {

void set_option(int socket, int level, int option) {
  const int on = 1;
  if (setsockopt(socket, level, option, &on, sizeof on) != 0) fail("setsockopt: %s", std::strerror(errno));
}

int new_socket() {
  const int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (s < 0) fail("socket: %s", std::strerror(errno));
  return s;
}

int begin_connect(int s, const sockaddr_in& peer) {
  set_option(s, IPPROTO_TCP, TCP_NODELAY);
  if (connect(s, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0 && errno != EINPROGRESS)
    fail("connect to port %d: %s", ntohs(peer.sin_port), std::strerror(errno));
  return s;
}

}  // namespace

void fail(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::exit(1);
}

sockaddr_in parse_address(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const char* colon = std::strchr(text, ':');
  if (colon == nullptr) fail("\"%s\" is no address; write 127.0.0.1:PORT", text);
  const std::string host(text, colon);
  char* end = nullptr;
  const long port = std::strtol(colon + 1, &end, 10);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1 || *end != '\0' || port < 0 || port > 65535)
    fail("\"%s\" is no address; write 127.0.0.1:PORT", text);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int listen_on(const sockaddr_in& address) {
  const int s = new_socket();
  set_option(s, SOL_SOCKET, SO_REUSEADDR);
  if (bind(s, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(s, 4096) != 0)
    fail("listen on port %d: %s", ntohs(address.sin_port), std::strerror(errno));
  return s;
}

std::uint16_t local_port(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    fail("getsockname: %s", std::strerror(errno));
  return ntohs(address.sin_port);
}

int accept_one(int listener) {
  const int s = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (s >= 0) {
    set_option(s, IPPROTO_TCP, TCP_NODELAY);
  } else if (errno != EAGAIN && errno != ECONNABORTED) {
    fail("accept: %s", std::strerror(errno));
  }
  return s;
}

int connect_to(const sockaddr_in& peer) { return begin_connect(new_socket(), peer); }

int connect_from(const sockaddr_in& source, const sockaddr_in& peer) {
  const int s = new_socket();
  set_option(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  if (bind(s, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0)
    fail("bind: %s", std::strerror(errno));
  return begin_connect(s, peer);
}

void check_connected(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) fail("connect: %s", std::strerror(error));
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) fail("epoll_create1: %s", std::strerror(errno));
}

void Poller::add(int socket, std::uint32_t events, void* owner) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = owner;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) fail("epoll_ctl: %s", std::strerror(errno));
}

void Poller::change(int socket, std::uint32_t events, void* owner) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = owner;
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event) != 0) fail("epoll_ctl: %s", std::strerror(errno));
}

int Poller::wait(epoll_event* events, int events_max, std::int64_t timeout_ns) {
  timespec timeout{timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  const int count =
      epoll_pwait2(epoll_, events, events_max, timeout_ns < 0 ? nullptr : &timeout, nullptr);
  if (count < 0 && errno != EINTR) fail("epoll_wait: %s", std::strerror(errno));
  return count < 0 ? 0 : count;
}

}  // namespace meshtwin::bench
