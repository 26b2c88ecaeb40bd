// What a proxy's metrics say of its policy's shadow.
#pragma once

#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/upstream/shadow_counters.h"
#include "real/net/address.h"

namespace meshtwin {

struct ShadowCounts {
  ShadowCounters counters;
  std::vector<PickShare> shares;  // by endpoint, whose name is that of an instance: checkout/3
};

// Asks the proxy whose admin address this is, and waits for the answer for some seconds at most.
Result<ShadowCounts> fetch_shadow_counts(const Address& admin);

// From the text of its page of metrics, over all upstreams; zeros where there is no shadow, or it was never asked.
ShadowCounts parse_shadow_counts(std::string_view metrics);

}  // namespace meshtwin
