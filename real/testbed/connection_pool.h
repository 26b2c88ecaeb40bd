// A client's kept-alive connections to one address: as many as there are calls under way, used again in turn.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/call/events.h"
#include "real/net/address.h"
#include "real/net/event_loop.h"
#include "real/testbed/call_header.h"

namespace meshtwin {

class ClientConnection;

// How a request on a connection ended.
struct PooledAnswer {
  FailureKind failure = FailureKind::none;  // connect, reset or protocol where no whole answer came
  std::uint16_t status = 0;
  std::optional<CallReport> report;
};

struct PooledRequest {
  std::uint32_t id = 0;  // the caller's
  std::string head;
  std::uint64_t body_bytes = 0;
};

class ConnectionPool {
 public:
  // `on_answer` hears of the end of each request that was sent, in a later step than the sending.
  using OnAnswer = std::function<void(std::uint32_t id, const PooledAnswer& answer)>;
  ConnectionPool(EventLoop& loop, const Address& address, OnAnswer on_answer);
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // Opens connections ahead of their use.
  void prepare(std::size_t connections);
  void send(PooledRequest request);

  const Address& address() const { return address_; }
  std::uint64_t opened() const { return opened_; }
  // Requests for which this side had no socket left.
  std::uint64_t without_socket() const { return without_socket_; }

 private:
  friend class ClientConnection;
  // Null where it can't be begun; `local`: for want of a descriptor, port or memory.
  ClientConnection* open(bool& local);
  void back(ClientConnection& connection);
  void ended(ClientConnection& connection, std::optional<PooledRequest> request, bool again,
             const PooledAnswer& answer);

  EventLoop& loop_;
  Address address_;
  OnAnswer on_answer_;
  std::vector<std::unique_ptr<ClientConnection>> all_;
  std::vector<ClientConnection*> idle_;  // the one used last is taken first
  std::uint64_t opened_ = 0;
  std::uint64_t without_socket_ = 0;
};

}  // namespace meshtwin
