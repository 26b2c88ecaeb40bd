// A numeric IP address with a port.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace meshtwin {

class Address {
 public:
  // 0.0.0.0:0.
  Address();

  // "127.0.0.1:8080", "[::1]:8080". Names are not looked up. Errors say what is right, without the text.
  static Result<Address> parse(std::string_view text);
  static Address loopback(std::uint16_t port);
  static Address from_sockaddr(const sockaddr_storage& storage);

  const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const;
  int family() const { return storage_.ss_family; }
  std::uint16_t port() const;
  Address with_port(std::uint16_t port) const;
  bool is_loopback() const;
  // The IP alone, without brackets: "127.0.0.1", "::1".
  std::string ip() const;
  // As parse reads it.
  std::string text() const;

  friend bool operator==(const Address& a, const Address& b) { return a.text() == b.text(); }

 private:
  sockaddr_storage storage_;
};

}  // namespace meshtwin
