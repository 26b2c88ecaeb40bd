#include "real/net/socket.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace meshtwin {
namespace {

void set_option(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof value);
}

Error last_error() { return Error{std::strerror(errno)}; }

// A datagram socket takes no scarce port, and fails where this machine has no address to reach that one from.
bool has_source_for(const Address& address) {
  const Fd fd(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return !fd.valid() || ::connect(fd.get(), address.data(), address.size()) == 0;
}

// Out of descriptors, memory or ports.
bool is_local_error(int error, const Address& address) {
  if (error == EADDRNOTAVAIL) return has_source_for(address);
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM || error == EAGAIN;
}

}  // namespace

Result<Fd> listen_tcp(const Address& address, bool share_port) {
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return last_error();
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (share_port) set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
  if (::bind(fd.get(), address.data(), address.size()) != 0) return last_error();
  if (::listen(fd.get(), SOMAXCONN) != 0) return last_error();
  return fd;
}

Fd accept_tcp(int listener, Address* peer) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  Fd fd(::accept4(listener, reinterpret_cast<sockaddr*>(&storage), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.valid()) return fd;
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (peer != nullptr) *peer = Address::from_sockaddr(storage);
  return fd;
}

Result<Fd> connect_tcp(const Address& address, bool* local) {
  if (local != nullptr) *local = false;
  const auto failed = [&] {
    const Error error = last_error();
    if (local != nullptr) *local = is_local_error(errno, address);
    return error;
  };
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return failed();
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (::connect(fd.get(), address.data(), address.size()) != 0 && errno != EINPROGRESS) return failed();
  return fd;
}

void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Address local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
  return Address::from_sockaddr(storage);
}

int take_socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

std::size_t unacknowledged_bytes(int fd) {
  int count = 0;
  return ::ioctl(fd, SIOCOUTQ, &count) == 0 && count > 0 ? static_cast<std::size_t>(count) : 0;
}

void reset_on_close(int fd) {
  const linger at_once{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace meshtwin
