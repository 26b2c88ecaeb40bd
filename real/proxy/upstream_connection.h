// A connection to an endpoint: carries one attempt at a time, and waits in the endpoint's pool between them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/call/events.h"
#include "real/http/chunked_decoder.h"
#include "real/http/head.h"
#include "real/http/head_parser.h"
#include "real/net/event_loop.h"
#include "real/net/timer_queue.h"
#include "real/net/watched_socket.h"
#include "real/proxy/endpoint.h"

namespace meshtwin {

class Exchange;
class UpstreamDriver;

// What becomes of a response whose head has come.
enum class ResponseFate : std::uint8_t {
  forward,  // it goes to the client
  discard,  // it is whole and nobody's; the connection may serve again
  gone,     // the attempt was called off, and its connection is closed
};

class UpstreamConnection final : public IoHandler {
 public:
  // `fd` is connecting. The connection is given up when that takes longer than the upstream's limit.
  UpstreamConnection(UpstreamDriver& driver, Endpoint& endpoint, Fd fd);
  ~UpstreamConnection() override;

  Endpoint& endpoint() { return endpoint_; }
  bool reused() const { return served_ > 0; }
  bool answered() const { return response_begun_; }

  // Begins to carry `attempt` of `exchange`: sends its request as far as it goes.
  void carry(Exchange& exchange, std::uint8_t attempt);
  // More of the request's body has come, or its end.
  void send_request();
  // The attempt was called off: closes the connection and forgets its exchange.
  void abandon();
  // Whether to go on reading the response.
  void read_on(bool reading);
  // Bytes of the body, counted from its beginning, that are sent.
  std::uint64_t body_sent() const { return body_sent_; }
  // Waits in the pool; worth keeping up to `until`.
  void become_idle(Time until);
  Time idle_until() const { return idle_until_; }
  // Nothing has come since it is in the pool.
  bool is_quiet() const;
  // Gives the socket away, and the bytes after the response's head that were read already. The connection counts
  // as active until this object ends.
  Fd release(std::string& rest);

  void on_io(std::uint32_t events) override;
  void on_round_end() override;

 private:
  enum class State : std::uint8_t { connecting, carrying, idle };
  enum class Phase : std::uint8_t { head, body, done };

  void connected();
  void read_response();
  void receive(std::string_view bytes);
  // Takes a head off `bytes`; false: nothing is left to do with them, and the connection may be gone.
  bool receive_head(std::string_view& bytes);
  void receive_body(std::string_view bytes);
  void receive_chunks(std::string_view bytes);
  void end_response(std::string_view rest);
  bool was_stale() const;
  void broken(FailureKind kind);
  void time_is_up(Time now);

  UpstreamDriver& driver_;
  Endpoint& endpoint_;
  WatchedSocket socket_;
  State state_ = State::connecting;
  Phase phase_ = Phase::head;
  Exchange* exchange_ = nullptr;
  std::uint8_t attempt_ = 0;
  std::uint8_t interim_ = 0;  // heads with a status below 200
  bool send_failed_ = false;
  bool endpoint_ended_ = false;  // it said so; it was not cut off
  bool response_begun_ = false;
  bool keep_alive_ = false;
  bool reading_paused_ = false;
  ResponseFate fate_ = ResponseFate::forward;
  std::uint32_t served_ = 0;  // attempts
  Time idle_until_{};
  std::size_t head_sent_ = 0;
  std::uint64_t body_sent_ = 0;
  BodyFraming framing_;
  std::uint64_t body_left_ = 0;
  std::string in_;  // the beginning of a head
  HeadScan scan_;
  ChunkedDecoder chunks_;
  MemberTimer<UpstreamConnection, &UpstreamConnection::time_is_up> timer_{*this};
};

}  // namespace meshtwin
