// What connections a client has to the instances of the service that it calls.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/time.h"

namespace meshtwin {

// As brpc's connection_type has them.
enum class ConnectionType : std::uint8_t {
  pooled,       // a request has a connection to itself, an idle one where there is one; HTTP/1.1
  single,       // all requests to an instance share one connection; HTTP/2, gRPC
  short_lived,  // a new one for each request, closed after it
};

// Of each sidecar. An attempt's timeouts run while its connection is being opened.
struct ConnectionsConfig {
  ConnectionType type = ConnectionType::pooled;
  // Between sidecar and instance before the first request can go: 1 for TCP, 2 with TLS 1.3, 3 with TLS 1.2; 1 to 10.
  std::uint32_t handshake_round_trips = 1;
  // An attempt whose connection isn't open by then fails, as one whose connection is refused does; above 0.
  Duration connect_timeout = std::chrono::seconds(5);
  Duration idle_timeout = std::chrono::seconds(55);  // pooled: without a request it is closed; above 0
  std::uint32_t idle_connections_max = 256;          // pooled: to one instance; one that comes back beyond is closed
  // single: requests on it at once, further ones wait for their turn; none: no bound.
  std::optional<std::uint32_t> max_concurrent_streams = std::nullopt;
};

inline constexpr std::uint32_t kMaxHandshakeRoundTrips = 10;

}  // namespace meshtwin
