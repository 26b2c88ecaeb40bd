#include "real/net/transfer.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

namespace meshtwin {
namespace {

bool is_blocked(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

// The C library's recv and send are points at which a thread may be cancelled, which costs a program with several
// threads two locked instructions each time; no thread of ours is ever cancelled.
ssize_t receive(int fd, std::span<char> into) {
  return ::syscall(SYS_recvfrom, fd, into.data(), into.size(), 0, nullptr, nullptr);
}

ssize_t transmit(int fd, std::string_view bytes) {
  return ::syscall(SYS_sendto, fd, bytes.data(), bytes.size(), MSG_NOSIGNAL, nullptr, 0);
}

Transfer written(ssize_t count, std::size_t wanted) {
  if (count < 0) return {is_blocked(errno) ? Transfer::Status::blocked : Transfer::Status::failed, 0};
  const auto bytes = static_cast<std::size_t>(count);
  return {bytes == wanted ? Transfer::Status::done : Transfer::Status::blocked, bytes};
}

}  // namespace

Transfer read_some(int fd, std::span<char> into) {
  ssize_t count = 0;
  do {
    count = receive(fd, into);
  } while (count < 0 && errno == EINTR);
  if (count > 0) return {Transfer::Status::done, static_cast<std::size_t>(count)};
  if (count == 0) return {Transfer::Status::closed, 0};
  return {is_blocked(errno) ? Transfer::Status::blocked : Transfer::Status::failed, 0};
}

Transfer write_some(int fd, std::string_view bytes) {
  ssize_t count = 0;
  do {
    count = transmit(fd, bytes);
  } while (count < 0 && errno == EINTR);
  return written(count, bytes.size());
}

Transfer write_some(int fd, std::string_view first, std::string_view second) {
  if (second.empty()) return write_some(fd, first);
  if (first.empty()) return write_some(fd, second);
  iovec parts[2] = {{const_cast<char*>(first.data()), first.size()},
                    {const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  ssize_t count = 0;
  do {
    count = ::sendmsg(fd, &message, MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  return written(count, first.size() + second.size());
}

Transfer::Status flush(int fd, SendBuffer& buffer) {
  if (buffer.empty()) return Transfer::Status::done;
  const Transfer sent = write_some(fd, buffer.view());
  buffer.consume(sent.bytes);
  return sent.status;
}

}  // namespace meshtwin
