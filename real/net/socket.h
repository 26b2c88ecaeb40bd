// TCP sockets without blocking: listening, connecting, and what to ask of them. Errors are errno's texts.
#pragma once

#include "core/result.h"
#include "real/net/address.h"
#include "real/net/fd.h"

namespace meshtwin {

// Listens on `address`; port 0 takes a free one (see local_address). `share_port` lets further sockets listen
// on the same address, among which the kernel spreads connections (SO_REUSEPORT).
Result<Fd> listen_tcp(const Address& address, bool share_port = false);

// The next connection of a listening socket, with TCP_NODELAY; invalid where there is none, with errno set.
Fd accept_tcp(int listener, Address* peer = nullptr);

// Begins to connect; writable, or in error, once that is decided. `local` says whether the error is one of this
// machine alone, out of descriptors, memory or ports, and nothing against the address.
Result<Fd> connect_tcp(const Address& address, bool* local = nullptr);

// As many file descriptors as the system allows this process.
void allow_many_files();

Address local_address(int fd);
// The pending error of a socket, 0 where there is none; asking clears it.
int take_socket_error(int fd);
// Bytes sent that the peer's system has not acknowledged; after a reset those that it never did.
std::size_t unacknowledged_bytes(int fd);
// Closing sends a reset in place of an orderly end.
void reset_on_close(int fd);

}  // namespace meshtwin
