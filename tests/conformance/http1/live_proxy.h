// A worker of the proxy with backends and clients around it, all in one event loop that the test turns.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "real/net/event_loop.h"
#include "real/proxy/config.h"
#include "real/proxy/metrics.h"
#include "real/proxy/worker_state.h"
#include "tests/conformance/http1/live_peer.h"

namespace meshtwin {

// Its end checks that nothing is left: no connection, no call, no file descriptor.
class LiveProxy {
 public:
  struct Options {
    std::size_t backends = 1;
    ListenerConfig listener;   // address and routes are filled in
    UpstreamConfig upstream;   // without name; the policy's hash is filled in
  };
  LiveProxy() : LiveProxy(Options{}) {}
  explicit LiveProxy(Options options);
  ~LiveProxy();
  LiveProxy(const LiveProxy&) = delete;
  LiveProxy& operator=(const LiveProxy&) = delete;

  // A client that is connecting, and has sent `bytes` as soon as it can.
  Peer& connect(std::string_view bytes = {});
  Backend& backend(std::size_t n = 0) { return *backends_[n]; }
  EventLoop& loop() { return *loop_; }
  WorkerState& worker() { return *worker_; }
  ListenerMetrics& listener() { return worker_->metrics().listeners[0]; }
  UpstreamMetrics& upstream() { return worker_->metrics().upstreams[0]; }
  EndpointMetrics& endpoint(std::size_t n = 0) { return upstream().endpoints[n]; }
  const std::vector<std::unique_ptr<Peer>>& clients() const { return clients_; }
  // Tells the worker who the members are: those of the backends whose bit is set.
  void set_members(std::uint32_t bits);

  // Ends it with whatever is under way.
  void end_worker() { worker_.reset(); }

  // Turns the loop until `done`; false where that takes unreasonably long.
  bool run_until(const std::function<bool()>& done);
  // Until `client` has got that many complete messages, or the connection's end.
  bool run_until_answered(Peer& client, std::size_t count = 1);
  bool run_until_ended(Peer& client) {
    return run_until([&] { return client.ended; });
  }
  // Until all that is on its way between sockets has arrived; nothing is waited for.
  void settle();

 private:
  void expect_nothing_left();
  std::size_t descriptors_before_;
  std::unique_ptr<EventLoop> loop_;
  std::vector<std::unique_ptr<Backend>> backends_;
  std::vector<std::unique_ptr<Peer>> clients_;
  std::unique_ptr<WorkerState> worker_;
  Address address_;
};

// A policy that retries up to `attempts` times in all, at other hosts.
PolicyConfig retrying(std::uint32_t attempts, RetryOn on = RetryOn::connect | RetryOn::reset);

// Open file descriptors of this process.
std::size_t open_descriptors();

// A request with a body of fixed length where there is one.
std::string request(std::string_view method, std::string_view target, std::string_view body = {});
// Bytes without meaning that differ for each seed.
std::string noise(std::size_t size, std::uint64_t seed);

}  // namespace meshtwin
