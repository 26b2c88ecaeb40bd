// Raw ends of TCP connections for tests: a client's, or a backend's. They share the proxy's event loop, so that a test
// decides what happens in which order.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "real/net/address.h"
#include "real/net/event_loop.h"
#include "real/net/fd.h"
#include "real/net/send_buffer.h"
#include "real/net/watched_socket.h"

namespace meshtwin {

class Peer final : public IoHandler {
 public:
  Peer(EventLoop& loop, Fd fd) : socket_(loop, *this, std::move(fd)) { socket_.watch_for(true, false); }

  void send(std::string_view bytes);
  // No more is sent after what was handed in.
  void half_close();
  void close() { socket_.close(); }
  void reset();
  // Bytes that the kernel takes in for it before it reads.
  void set_receive_buffer(int bytes);
  void read_on(bool reading) { socket_.read_on(reading); }
  void on_io(std::uint32_t events) override;

  bool open() const { return socket_.open(); }
  std::size_t unsent() const { return out_.size(); }

  std::string received;   // all of it, from the connection's first byte on
  bool ended = false;     // the other end has sent its last byte, orderly or not
  bool broken = false;    // by a reset
  std::function<void(Peer&)> on_bytes;  // after more came, or the end

 private:
  void flush();
  WatchedSocket socket_;
  SendBuffer out_;
  bool half_close_ = false;
};

// A message as it came over the wire, taken apart by simple rules of its own.
struct Message {
  std::string head;  // with its empty line
  std::string body;  // without its framing
  std::string start_line() const { return head.substr(0, head.find("\r\n")); }
  int status() const { return std::stoi(head.substr(9, 3)); }  // of a response
  // The value of the first field named so, in lower case; empty where there is none.
  std::string field(std::string_view name) const;
};
// Takes a complete message off `bytes`, from `at` on; none while it is not complete. `bodiless`: a response to HEAD.
std::optional<Message> take_message(std::string_view bytes, std::size_t& at, bool bodiless = false);
// All that are complete.
std::vector<Message> messages(std::string_view bytes);
// Their start lines without versions, and their bodies: "POST /a [hello], GET /b []". What is not complete: "...".
std::string summary(std::string_view bytes);

// `text` as the body of a plain response.
std::string response(std::string_view text, int status = 200);

// Listens on a port of its own and answers by script.
class Backend final : public IoHandler {
 public:
  explicit Backend(EventLoop& loop);
  const Address& address() const { return address_; }
  void on_io(std::uint32_t events) override;
  int listener() const { return socket_.fd(); }
  // New connections are refused from here on; those that are open break.
  void kill();

  // What each complete request is answered with; an empty text leaves it unanswered.
  std::function<std::string(const Message&)> answer = [](const Message&) { return response("ok"); };
  // Replaces answer(): called whenever something came on a connection, and when it has begun (nothing received).
  std::function<void(Peer&)> script;
  // After each request that `answer` was asked for.
  std::function<void(Peer&, const Message&)> after;
  std::vector<std::unique_ptr<Peer>> connections;  // all that there ever were
  std::size_t open_connections() const;
  // summary() of each connection, in order, split by " | ".
  std::string seen() const;
  std::size_t requests() const;

 private:
  void answer_all(Peer& peer, std::size_t& at);
  EventLoop& loop_;
  WatchedSocket socket_;
  Address address_;
};

}  // namespace meshtwin
