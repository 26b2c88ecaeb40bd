// A small HTTP/1.1 server for whoever operates the proxy, on the main loop. One request a connection.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "real/net/address.h"
#include "real/net/event_loop.h"
#include "real/net/fd.h"

namespace meshtwin {

class AdminConnection;

struct AdminRequest {
  std::string method;
  std::string path;                          // without query
  std::map<std::string, std::string> query;  // decoded
  std::string body;
};

struct AdminResponse {
  std::uint16_t status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow;  // of a 405

  static AdminResponse text(std::uint16_t status, std::string body) {
    return {status, "text/plain; charset=utf-8", std::move(body), ""};
  }
  static AdminResponse json(std::uint16_t status, std::string body) {
    return {status, "application/json", std::move(body), ""};
  }
};

// Bounded: so many connections, so large requests, so long to send them and to take the answer. Requests that
// a page in somebody's browser could have made are refused: those that change something with an Origin, and,
// on a loopback address, those for a host by name (but for localhost).
class AdminServer {
 public:
  // Answers once, at once or later, from the loop; an answer to a client that has gone is dropped.
  using Respond = std::function<void(AdminResponse)>;
  using Handler = std::function<void(const AdminRequest&, const Respond&)>;

  // The socket listens already.
  AdminServer(EventLoop& loop, Fd listener, Handler handler);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  const Address& address() const { return address_; }

 private:
  class Acceptor;
  friend class AdminConnection;
  void accept();
  void pause();
  void resume();
  void remove(AdminConnection& connection);

  EventLoop& loop_;
  Fd listener_;
  Address address_;
  Handler handler_;
  std::unique_ptr<Acceptor> acceptor_;
  std::map<AdminConnection*, std::shared_ptr<AdminConnection>> connections_;
  bool paused_ = false;
};

}  // namespace meshtwin
