// One worker of the proxy: a thread with an event loop, its listening sockets, connections and policy cores.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/time.h"
#include "real/net/event_loop.h"
#include "real/proxy/config.h"

namespace meshtwin {

class LoadMeters;
class WorkerState;

// The endpoints of an upstream as discovery and health checks know them.
struct EndpointStatus {
  EndpointConfig endpoint;
  bool healthy = true;
};
using EndpointList = std::vector<EndpointStatus>;

// Workers share nothing but load meters: whatever one is told or asked goes through its loop. All functions may be
// called from any thread, in the order in which they are to take effect.
class Worker {
 public:
  // `index` counts from 0. `origin_ns`: time zero of all workers, on the monotonic clock.
  Worker(std::uint32_t index, std::int64_t origin_ns, std::shared_ptr<LoadMeters> load_meters);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  // Takes up a configuration: listens on its addresses, by the sockets given (one for each listener, in
  // order, already listening and shared with no other worker), routes new requests by it. What is under way
  // goes on as it began. An upstream whose policy is as before keeps its state.
  void apply(ProxyConfigPtr config, std::vector<Fd> listeners);
  // The endpoints of an upstream from now on. Known ones (by name and address) keep their state.
  void set_endpoints(const std::string& upstream, EndpointList endpoints);
  // Accepts nothing any more, closes idle connections, and the others after the response that is under way.
  // `on_drained` is called in the worker's thread once no connection is left.
  void drain(std::function<void()> on_drained);
  // Runs `question` on the worker's state, in its thread.
  void ask(std::function<void(WorkerState&)> question);
  // Ends the thread, with whatever is open.
  void stop();

  std::uint32_t index() const { return index_; }

 private:
  std::uint32_t index_;
  EventLoop loop_;
  std::unique_ptr<WorkerState> state_;
  std::thread thread_;
};

}  // namespace meshtwin
