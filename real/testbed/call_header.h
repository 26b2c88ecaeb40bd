// What generator, proxy and backend tell each other in headers, so that a call for real can be paired with
// the same call in the simulator.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/call/events.h"
#include "core/config/policy.h"

namespace meshtwin {

// The seed of the call, from the generator; 16 hexadecimal digits.
inline constexpr std::string_view kSeedHeader = "x-meshtwin-seed";
// The number of the attempt within its call, from the proxy.
inline constexpr std::string_view kAttemptHeader = "x-meshtwin-attempt";
// How the call went, from the proxy: `outcome=none; attempts=3:5xx,0:none; held=1000-2500`, endpoints by index, and
// from when to when the proxy had the call, in nanoseconds of the system's monotonic clock.
inline constexpr std::string_view kCallHeader = "x-meshtwin-call";

struct AttemptReport {
  EndpointIndex endpoint = 0;
  FailureKind failure = FailureKind::none;
};

struct CallReport {
  std::int64_t held_from_ns = 0;  // 0 to 0: not told
  std::int64_t held_to_ns = 0;
  FailureKind outcome = FailureKind::none;
  std::uint8_t attempts_made = 0;
  std::array<AttemptReport, kMaxAttempts> attempts;
};

std::string seed_text(std::uint64_t seed);
// The field with a request's key, where its policy's balancer looks for it, and the line's end; empty for an address.
std::string key_field(const HashKeyConfig& config, std::uint64_t key);
std::optional<std::uint64_t> parse_seed(std::string_view text);
std::optional<CallReport> parse_call_report(std::string_view text);

}  // namespace meshtwin
