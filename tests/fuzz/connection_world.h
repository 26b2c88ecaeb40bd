// A worker of the proxy among clients and endpoints that do what a script says, all in one event loop.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "real/net/event_loop.h"
#include "real/proxy/worker_state.h"
#include "tests/conformance/http1/live_peer.h"
#include "tests/fuzz/connection_client.h"
#include "tests/fuzz/connection_endpoint.h"
#include "tests/fuzz/connection_script.h"
#include "tests/fuzz/connection_tags.h"

namespace meshtwin {

class ConnectionWorld {
 public:
  ConnectionWorld(EventLoop& loop, const Tags& tags, Settings settings);

  // False where the worker is to end.
  bool take(const Step& step);
  // Ends what the script left open; demands that every client that sent whole requests alone is answered,
  // that a well-behaved client is served then, and that nothing is left.
  void end();
  // Something that a client received and shouldn't have; empty where there is none.
  std::string complaint();

 private:
  static constexpr std::size_t kClientsAtOnce = 4;
  static constexpr std::size_t kClientsMax = 64;
  static constexpr std::size_t kFillMax = 8 << 20;
  // As many as a request and its response take, and some more.
  static constexpr int kRoundsToSettle = 12;
  static constexpr std::uint32_t kAllMembers = 7;
  static constexpr std::uint32_t kNobody = 8;

  void take_world_step(const Step& step);
  void take_client_step(const Step& step);
  void take_endpoint_step(const Step& step);
  FuzzedClient* connect();
  std::string fill(std::uint8_t manner, char with);
  FuzzedEndpoint* endpoint(std::uint8_t whom);
  void on_endpoint_bytes(Peer& peer);
  void set_members(std::uint32_t bits);
  void on_request(std::string_view head);
  void load(Settings settings);
  void turn(int rounds);
  void settle() { turn(kRoundsToSettle); }
  void pass_time(Duration time);
  // `pace`: what the clock moves on by whenever nothing is left to do.
  void turn_until(const std::function<bool()>& done, const char* what, Duration pace = {});
  void answer_clients();
  void end_calls();
  FuzzedClient& probe();
  void drain(FuzzedClient& client);
  void demand_nothing_left();
  ListenerMetrics& listener() { return worker_.metrics().listeners[0]; }
  UpstreamMetrics& upstream() { return worker_.metrics().upstreams[0]; }

  EventLoop& loop_;
  const Tags& tags_;
  Settings settings_;
  std::size_t fill_left_ = kFillMax;  // of the script, for the sake of its time
  std::vector<std::unique_ptr<Backend>> backends_;
  std::vector<std::unique_ptr<FuzzedEndpoint>> endpoints_;  // connections, in the order in which they came
  std::vector<std::unique_ptr<FuzzedClient>> clients_;      // all that there ever were
  std::array<FuzzedClient*, kClientsAtOnce> present_{};
  Fd nobody_;  // has an address where nobody listens
  std::set<std::string> posts_;  // by their tags
  bool may_repeat_posts_ = false;
  bool well_behaved_ = false;  // endpoints answer at once
  Address address_;
  WorkerState worker_;
};

}  // namespace meshtwin
