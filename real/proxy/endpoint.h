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
  std::uint32_t metrics_number = 0;  // in UpstreamMetrics
  std::string name;
  Address address;
  bool is_member = false;
  std::vector<std::unique_ptr<UpstreamConnection>> idle;  // the one used last at the end
};

}  // namespace meshtwin
