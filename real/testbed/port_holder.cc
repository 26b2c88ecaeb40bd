#include "real/testbed/port_holder.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "real/net/socket.h"

namespace meshtwin {

Result<PortHolder> PortHolder::hold(const Address& address) {
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!fd.valid() || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(fd.get(), address.data(), address.size()) != 0) {
    return Error{std::strerror(errno)};
  }
  const Address bound = local_address(fd.get());
  return PortHolder(std::move(fd), bound);
}

Result<Fd> PortHolder::listen() const { return listen_tcp(address_); }

}  // namespace meshtwin
