// Connections as scenario files write them.
#pragma once

#include "core/config/connections.h"
#include "core/config/reader.h"

namespace meshtwin {

// {"type": "pooled", "handshake_round_trips": 2, "idle_timeout": "30s"}; see scenario.schema.json.
ConnectionsConfig read_connections(const Value& value);

}  // namespace meshtwin
