// Reads and writes of non-blocking sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "real/net/send_buffer.h"

namespace meshtwin {

struct Transfer {
  enum class Status : std::uint8_t {
    done,      // all that was asked for; of a read: some bytes
    blocked,   // nothing more goes now
    closed,    // of a read: the peer has sent its last byte
    failed,    // the connection is broken
  };
  Status status = Status::done;
  std::size_t bytes = 0;  // that were moved
};

Transfer read_some(int fd, std::span<char> into);
Transfer write_some(int fd, std::string_view bytes);
// Both after one another, in as few system calls as possible.
Transfer write_some(int fd, std::string_view first, std::string_view second);
// Sends what the buffer holds and takes it out, as far as it goes.
Transfer::Status flush(int fd, SendBuffer& buffer);

}  // namespace meshtwin
