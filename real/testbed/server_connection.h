// A client's connection to an instance: one request at a time, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "real/http/head_parser.h"
#include "real/net/event_loop.h"
#include "real/net/fd.h"
#include "real/testbed/message_io.h"

namespace meshtwin {

class PlayedInstance;
struct PlayedRequest;

class ServerConnection final : public IoHandler {
 public:
  ServerConnection(EventLoop& loop, Fd fd, PlayedInstance& instance);
  ~ServerConnection() override;

  // False where the kernel refuses to watch it.
  bool open();
  // The request in hand is `request` until it is answered, or the connection ends.
  void hold(PlayedRequest& request) { request_ = &request; }
  // `extra`: whole lines of the head.
  void answer(std::uint16_t status, std::uint64_t body_bytes, std::string_view extra = {});
  // After the answer that is under way, or at once where none is.
  void close_after_answer();
  // At once, with a reset.
  void reset();
  // It gets no answer, ever.
  void forget_request() { request_ = nullptr; }

  // Its place among the instance's connections.
  std::size_t place = 0;

 private:
  enum class State : std::uint8_t { head, body, waiting, answering, closed };
  void on_io(std::uint32_t events) override;
  void read();
  void go_on();
  bool parse_head();
  void refuse(std::uint16_t status);
  void send();
  void close();
  void watch(std::uint32_t events);

  EventLoop& loop_;
  Fd fd_;
  PlayedInstance& instance_;
  State state_ = State::head;
  bool closes_ = false;    // after the answer
  bool bodiless_ = false;  // the answer to HEAD
  std::uint32_t watched_ = 0;
  InputBuffer input_;
  HeadScan scan_;
  RequestHead head_;
  BodyDrain body_;
  OutgoingMessage out_;
  PlayedRequest* request_ = nullptr;
  std::optional<std::uint64_t> seed_;  // of the call
  std::uint8_t attempt_ = 0;
  bool asks_for_load_ = false;
  bool fresh_ = true;  // no request has come yet
};

}  // namespace meshtwin
