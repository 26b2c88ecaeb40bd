// What a proxy's metrics say of its policy's shadow.
#pragma once

#include <string_view>

#include "core/result.h"
#include "core/upstream/shadow_counters.h"
#include "real/net/address.h"

namespace meshtwin {

// Asks the proxy whose admin address this is, and waits for the answer for some seconds at most.
Result<ShadowCounters> fetch_shadow_counts(const Address& admin);

// From the text of its page of metrics, over all upstreams; zeros where there is no shadow, or it was never asked.
ShadowCounters parse_shadow_counts(std::string_view metrics);

}  // namespace meshtwin
