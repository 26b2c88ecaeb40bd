// Where the endpoints of an upstream come from: the configuration, DNS, or a file that is watched.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "real/net/event_loop.h"
#include "real/proxy/config.h"

namespace meshtwin {

class DnsClient;

// What discovery tells its owner, always from the loop. Endpoints come when they changed; a problem means
// that the last good ones stay.
struct DiscoveryEvents {
  std::function<void(std::vector<EndpointConfig>)> on_endpoints;
  std::function<void(const std::string&)> on_problem;
};

struct DiscoveryStatus {
  std::uint64_t update_success = 0;  // good answers, changed or not
  std::uint64_t update_failure = 0;
  std::string problem;  // of the last attempt; empty after a good one
};

class Discovery {
 public:
  explicit Discovery(DiscoveryEvents events) : events_(std::move(events)) {}
  virtual ~Discovery() = default;
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;

  // Static endpoints are told at once, from within; others as soon as they are known.
  virtual void start() = 0;
  const DiscoveryStatus& status() const { return status_; }

 protected:
  // Tells the owner where `endpoints` are others than last time.
  void succeed(std::vector<EndpointConfig> endpoints);
  // Tells the owner where the problem is another one than last time.
  void fail(std::string problem);

 private:
  DiscoveryEvents events_;
  DiscoveryStatus status_;
  std::vector<EndpointConfig> last_;
  bool told_ = false;
};

// `dns` must outlive what is made.
std::unique_ptr<Discovery> make_discovery(EventLoop& loop, const UpstreamConfig& upstream, DnsClient& dns,
                                          DiscoveryEvents events);

}  // namespace meshtwin
