// The instances of a scenario's services, each on a loopback port of its own, played by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "core/config/scenario.h"
#include "core/result.h"
#include "real/net/address.h"
#include "real/net/event_loop.h"
#include "real/testbed/port_holder.h"
#include "real/testbed/records.h"

namespace meshtwin {

struct BackendOptions {
  std::uint64_t seed = 1;    // of requests that bring no seed
  bool keep_records = true;  // of each request, in memory
  // Of the first instance, the others follow it; 0: any free ones.
  std::uint16_t first_port = 0;
};

class Backend {
 public:
  // Takes the ports. The scenario has to outlive it.
  static Result<std::unique_ptr<Backend>> open(const Scenario& scenario, const BackendOptions& options);
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // By service, then by instance.
  const std::vector<std::vector<Address>>& addresses() const { return addresses_; }

  // Begins to serve, in a thread; faults come at their times after the moment `origin_ns` of the monotonic
  // clock. An error where a port can't be listened on. Once.
  Result<bool> start(std::int64_t origin_ns);
  // Of the thread, so far. Between start and stop.
  Duration cpu_time();
  // Ends the thread, with whatever is open, and hands over what it has noted down.
  BackendReport stop();

 private:
  Backend(const Scenario& scenario, const BackendOptions& options);
  class Stage;

  const Scenario& scenario_;
  BackendOptions options_;
  std::vector<std::vector<Address>> addresses_;
  std::vector<std::vector<PortHolder>> ports_;
  BackendReport report_;
  std::unique_ptr<Stage> stage_;
  std::thread thread_;
};

}  // namespace meshtwin
