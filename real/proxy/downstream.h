// A client's connection: reads its requests one after the other and sends the responses in their order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/time.h"
#include "real/http/chunked_decoder.h"
#include "real/http/head.h"
#include "real/http/head_parser.h"
#include "real/net/address.h"
#include "real/net/event_loop.h"
#include "real/net/send_buffer.h"
#include "real/net/timer_queue.h"
#include "real/net/watched_socket.h"
#include "real/proxy/access_log.h"

namespace meshtwin {

class Exchange;
class Listener;
class WorkerState;

// A client that closes its connection, or its sending half, while a request is under way has gone away: the
// request is cancelled, as NGINX and Envoy do.
class Downstream final : public IoHandler {
 public:
  // `fd` is connected and watched by nobody yet.
  Downstream(WorkerState& worker, Listener& listener, Fd fd, const Address& peer);
  ~Downstream() override;

  void on_io(std::uint32_t events) override;
  void on_round_end() override;
  // Begins to watch the socket, or closes it where the kernel refuses that.
  void begin();

  // From the exchange. What is appended goes out with the next flush(), which may end connection and
  // exchange.
  Listener& listener() { return listener_; }
  const std::string& peer() const { return peer_; }
  std::string& out() { return out_.tail(); }
  void send(std::string_view bytes);
  void flush();
  bool congested() const { return out_.size() > kCongested; }
  // Whether the connection may serve further requests after the response that is being begun.
  bool will_keep_alive() const { return keep_alive_ && !draining_ && state_ == State::response; }
  // There is room for more of the request's body again.
  void resume_body();
  // The exchange is over, and its response with the client as far as there is one.
  void exchange_over(bool keep_alive);
  // Ends the connection in the middle of a response.
  void abort();
  // Hands the socket over, with its place among the listener's connections; what the client has sent beyond its
  // request is in `early`, what is still to be sent to it in `late`. This object is of no further use.
  Fd release(std::string& early, std::string& late);

  // Closes it as soon as no request is under way. One that has arrived by now is answered.
  void drain();
  std::size_t place = 0;  // in the worker's list

 private:
  enum class State : std::uint8_t {
    idle,       // between requests, or within a head
    body,       // within a request's body
    response,   // the request is whole
    closing,    // the last bytes are going out
    lingering,  // reads what still comes, so that no reset overtakes the response
  };

  void read();
  void process();
  void process_stored();
  void keep_rest();
  // Each takes what it can of bytes_; false: more has to come first.
  bool take_head();
  void begin_exchange();
  bool take_body();
  bool take_chunks();
  void request_is_whole();
  void reject(std::uint16_t status, std::string_view reason);
  void log_refused(AccessFlag why, std::uint16_t status);
  void answer_here(std::uint16_t status, std::string_view text, bool head_only, std::string_view extra = {});
  void answer_as_last(const RequestHead& head);
  void answer_load(const RequestHead& head);
  void local_reply(std::uint16_t status, std::string_view text, bool keep_alive, bool head_only,
                   std::string_view extra = {});
  void close_after_flush();
  void linger();
  void gone();
  void close();
  void update_interest();
  void set_deadline(Duration from_now);
  void time_is_up(Time now);
  void body_time_is_up();

  static constexpr std::size_t kCongested = 256 * 1024;

  WorkerState& worker_;
  Listener& listener_;
  WatchedSocket socket_;
  std::string peer_;  // the client's IP address
  State state_ = State::idle;
  bool processing_ = false;
  bool keep_alive_ = true;
  bool draining_ = false;
  bool closed_ = false;
  bool lingers_ = false;  // the client may still be sending when the last response goes out
  bool head_begun_ = false;
  std::string_view bytes_;  // to be processed; of in_ or of the worker's scratch
  std::string in_;          // what could not be processed yet
  SendBuffer out_;
  HeadScan scan_;
  BodyFraming framing_;
  std::uint64_t body_left_ = 0;
  ChunkedDecoder chunks_;
  Exchange* exchange_ = nullptr;
  Time deadline_ = kNever;
  std::uint64_t moved_ = 0;  // body bytes since the deadline was set
  std::uint64_t lingered_ = 0;
  MemberTimer<Downstream, &Downstream::time_is_up> timer_{*this};
};

}  // namespace meshtwin
