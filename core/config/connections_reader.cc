#include "core/config/connections_reader.h"

#include <fmt/format.h>

#include <array>

namespace meshtwin {
namespace {

constexpr std::uint32_t kMaxConnections = 1'000'000;

// In the order of ConnectionType.
constexpr std::array<std::string_view, 3> kTypes{"pooled", "single", "short"};

}  // namespace

ConnectionsConfig read_connections(const Value& value) {
  ConnectionsConfig out;
  std::size_t type = 0;
  {
    ObjectReader object(value, "");
    const auto word = object.find("type");
    if (!word) value.fail("the key \"type\" is missing; add it, such as \"type\": \"pooled\"");
    if (word) type = word->word(kTypes);
  }
  if (value.diagnostics().failed()) return out;
  out.type = static_cast<ConnectionType>(type);
  ObjectReader object(value, fmt::format("connections.{}", kTypes[type]));
  object.find("type");
  if (const auto trips = object.find("handshake_round_trips")) {
    out.handshake_round_trips = trips->count(1, kMaxHandshakeRoundTrips);
  }
  if (const auto timeout = object.find("connect_timeout")) out.connect_timeout = timeout->positive_duration();
  if (out.type == ConnectionType::pooled) {
    if (const auto timeout = object.find("idle_timeout")) out.idle_timeout = timeout->positive_duration();
    if (const auto max = object.find("idle_connections_max")) {
      out.idle_connections_max = max->count(0, kMaxConnections);
    }
  }
  if (out.type == ConnectionType::single) {
    if (const auto max = object.find("max_concurrent_streams")) {
      out.max_concurrent_streams = max->count(1, kMaxConnections);
    }
  }
  object.finish();
  return out;
}

}  // namespace meshtwin
