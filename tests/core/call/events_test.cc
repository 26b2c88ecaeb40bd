#include "core/call/events.h"

#include <catch2/catch.hpp>
#include <string>

namespace meshtwin {
namespace {

TEST_CASE("Kinds of failure have the names that results and logs write") {
  std::string names;
  for (int kind = 0; kind < kFailureKinds; ++kind) {
    names += std::string(name(static_cast<FailureKind>(kind))) + " ";
  }
  CHECK(names ==
        "none connect reset timeout 5xx tls protocol rejected_breaker rejected_limit unavailable cancelled "
        "throttled local shed ");
}

}  // namespace
}  // namespace meshtwin
