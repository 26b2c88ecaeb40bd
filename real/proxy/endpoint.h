// An endpoint as one worker's data path knows it: where it is, and the connections to it that wait for work.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/call/events.h"
#include "real/net/address.h"

namespace meshtwin {

class UpstreamConnection;

struct Endpoint {
  EndpointIndex index = 0;
  bool is_counted = false;           // has a number in UpstreamMetrics
  std::uint32_t metrics_number = 0;  // that
  std::string name;
  Address address;
  bool is_member = false;
  std::uint32_t uses = 0;  // connections, and attempts of requests under way
  std::vector<std::unique_ptr<UpstreamConnection>> idle;  // the one used last at the end
};

}  // namespace meshtwin
