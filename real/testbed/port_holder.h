// A loopback port that stays one's own while nobody listens on it.
#pragma once

#include "core/result.h"
#include "real/net/address.h"
#include "real/net/fd.h"

namespace meshtwin {

// Connections are refused before listen(), and again once what it gave is closed.
class PortHolder {
 public:
  // Port 0 takes a free one.
  static Result<PortHolder> hold(const Address& address);

  const Address& address() const { return address_; }
  Result<Fd> listen() const;

 private:
  PortHolder(Fd bound, const Address& address) : bound_(std::move(bound)), address_(address) {}
  Fd bound_;  // and never listening: no other socket gets the port meanwhile
  Address address_;
};

}  // namespace meshtwin
