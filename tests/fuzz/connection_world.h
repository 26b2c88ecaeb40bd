// A worker of the proxy among clients and endpoints that do what a script says, all in one event loop.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "real/net/event_loop.h"
#include "real/proxy/worker_state.h"
#include "tests/conformance/http1/live_peer.h"
#include "tests/fuzz/connection_endpoint.h"
#include "tests/fuzz/connection_script.h"
#include "tests/fuzz/connection_tags.h"

namespace meshtwin {

class ConnectionWorld {
 public:
  // The bits of `settings` choose what the proxy is configured for.
  ConnectionWorld(EventLoop& loop, const Tags& tags, std::uint8_t settings);

  void take(const Step& step);
  // Ends what the script left open; demands that a well-behaved client is served then, and that nothing is left.
  void end();
  // A tag that a client received and that isn't its own, or came before an earlier one; empty where all are.
  std::string foreign_tag() const;

 private:
  struct Client {
    std::unique_ptr<Peer> peer;
    unsigned number = 0;
    unsigned tags = 0;
    std::string held_back;  // of a ready request
    bool reads = true;
  };
  static constexpr std::size_t kClientsAtOnce = 4;
  static constexpr std::size_t kClientsMax = 64;
  static constexpr std::size_t kFillMax = 8 << 20;
  // As many as a request and its response take, and some more.
  static constexpr int kRoundsToSettle = 12;

  void take_client_step(const Step& step);
  void take_endpoint_step(const Step& step);
  Client* connect();
  std::string fill(std::uint8_t manner, char with);
  void send(Client& client, const std::string& bytes);
  void send_half(Client& client, const std::string& bytes);
  std::string with_tags(Client& client, std::string_view bytes) const;
  FuzzedEndpoint* endpoint(std::uint8_t whom);
  void on_endpoint_bytes(Peer& peer);
  void set_members(std::uint32_t bits);
  void turn(int rounds);
  void settle() { turn(kRoundsToSettle); }
  void turn_until(const std::function<bool()>& done, const char* what);
  void end_calls();
  Client& probe();
  void drain(Client& client);
  void demand_nothing_left();
  ListenerMetrics& listener() { return worker_.metrics().listeners[0]; }
  UpstreamMetrics& upstream() { return worker_.metrics().upstreams[0]; }

  EventLoop& loop_;
  const Tags& tags_;
  std::uint8_t settings_;
  std::size_t fill_left_ = kFillMax;  // of the script, for the sake of its time
  std::vector<std::unique_ptr<Backend>> backends_;
  std::vector<std::unique_ptr<FuzzedEndpoint>> endpoints_;  // connections, in the order in which they came
  std::vector<std::unique_ptr<Client>> clients_;            // all that there ever were
  std::array<Client*, kClientsAtOnce> present_{};
  bool well_behaved_ = false;  // endpoints answer at once
  Address address_;
  WorkerState worker_;
};

}  // namespace meshtwin
