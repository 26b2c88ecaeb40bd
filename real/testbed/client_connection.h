// One connection of a pool: sends a request, reads its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "real/http/head_parser.h"
#include "real/net/event_loop.h"
#include "real/net/fd.h"
#include "real/testbed/connection_pool.h"
#include "real/testbed/message_io.h"

namespace meshtwin {

class ClientConnection final : public IoHandler {
 public:
  // `fd` may be connecting still.
  ClientConnection(EventLoop& loop, Fd fd, ConnectionPool& pool);
  ~ClientConnection() override;
  bool watch();

  void send(PooledRequest request);

  std::size_t place = 0;  // among the pool's connections

 private:
  void on_io(std::uint32_t events) override;
  void write();
  void read();
  void take_answer();
  void complete();
  void fail(FailureKind why);
  void want(std::uint32_t events);

  EventLoop& loop_;
  Fd fd_;
  ConnectionPool& pool_;
  bool connecting_ = true;
  bool used_before_ = false;
  bool in_body_ = false;
  bool keeps_ = true;
  std::uint32_t wanted_ = 0;
  std::optional<PooledRequest> request_;
  OutgoingMessage out_;
  InputBuffer input_;
  HeadScan scan_;
  ResponseHead head_;
  BodyDrain body_;
  PooledAnswer answer_;
};

}  // namespace meshtwin
