// Asks endpoints for their load when the policy core wants to know.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/call/load_report.h"
#include "real/net/event_loop.h"
#include "real/proxy/endpoint.h"

namespace meshtwin {

class ProbeConnection;

// A probe is GET kLoadReportPath over a kept connection of its own, so that it never waits behind a request. One that
// has no answer by its end is forgotten with its connection. Belongs to a worker.
class LoadProber {
 public:
  // At a time to one endpoint; further probes are left out.
  static constexpr std::uint32_t kProbesMax = 64;

  // `on_report` hears of each answer that came in time.
  LoadProber(EventLoop& loop, std::function<void(EndpointIndex, const LoadReport&)> on_report);
  ~LoadProber();
  LoadProber(const LoadProber&) = delete;
  LoadProber& operator=(const LoadProber&) = delete;

  void probe(EndpointIndex endpoint, const Address& address, Time until);
  // Its connections are of no use any more.
  void forget(EndpointIndex endpoint);
  void forget_all();

  std::uint64_t answered() const { return answered_; }
  std::uint64_t failed() const { return failed_; }

 private:
  friend class ProbeConnection;
  struct Target {
    std::vector<std::unique_ptr<ProbeConnection>> idle;
    std::vector<std::unique_ptr<ProbeConnection>> busy;
  };
  Target& target(EndpointIndex endpoint);
  void answered(ProbeConnection& connection, const LoadReport& report);
  void failed(ProbeConnection& connection);

  EventLoop& loop_;
  std::function<void(EndpointIndex, const LoadReport&)> on_report_;
  std::vector<Target> targets_;  // by endpoint
  std::uint64_t answered_ = 0;
  std::uint64_t failed_ = 0;
};

}  // namespace meshtwin
