#include "core/time.h"

#include <catch2/catch.hpp>

namespace meshtwin {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST_CASE("durations convert to seconds and milliseconds") {
  CHECK(to_seconds(milliseconds(1500)) == 1.5);
  CHECK(to_milliseconds(nanoseconds(250'000)) == 0.25);
  CHECK(to_seconds(nanoseconds(-1)) == -1e-9);
}

TEST_CASE("saturating_add stops at the end of time") {
  const Time start = Time(nanoseconds(5));
  CHECK(saturating_add(start, nanoseconds(7)) == Time(nanoseconds(12)));
  CHECK(saturating_add(start, Duration::max()) == kNever);
  CHECK(saturating_add(kNever, nanoseconds(0)) == kNever);
  CHECK(saturating_add(kNever - nanoseconds(3), nanoseconds(2)) == kNever - nanoseconds(1));
  CHECK(saturating_add(kNever - nanoseconds(3), nanoseconds(4)) == kNever);
}

}  // namespace
}  // namespace meshtwin
