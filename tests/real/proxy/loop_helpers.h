// What tests of the main thread's parts share: a loop that runs until something is so.
#pragma once

#include <catch2/catch.hpp>
#include <functional>

#include "real/net/event_loop.h"

namespace meshtwin {

// Far beyond what any test needs; only a test that fails waits so long.
inline constexpr Duration kPatience = std::chrono::seconds(20);

// Runs rounds of the loop until `done()`.
inline void run_until(EventLoop& loop, const std::function<bool()>& done) {
  const Time limit = loop.refresh_now() + kPatience;
  while (!done() && loop.now() < limit) loop.run_once(limit);
  REQUIRE(done());
}

}  // namespace meshtwin
