// The words of proxy.json; reading and writing share them.
#pragma once

#include <array>
#include <string_view>

#include "core/config/reader.h"
#include "real/proxy/config.h"

namespace meshtwin {

inline constexpr std::array<Word<ListenerConfig::Direction>, 3> kDirectionWords{
    {{"outbound", ListenerConfig::Direction::outbound},
     {"inbound", ListenerConfig::Direction::inbound},
     {"gateway", ListenerConfig::Direction::gateway}}};
inline constexpr std::array<Word<ForwardedFor>, 3> kForwardedForWords{
    {{"append", ForwardedFor::append}, {"set", ForwardedFor::set}, {"off", ForwardedFor::off}}};

// In the order of the enumerations.
inline constexpr std::array<std::string_view, 2> kRecordWords{"a", "srv"};
inline constexpr std::array<std::string_view, 2> kHealthProbeWords{"http", "tcp"};

}  // namespace meshtwin
