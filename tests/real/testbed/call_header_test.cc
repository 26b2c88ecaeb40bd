#include "real/testbed/call_header.h"

#include <catch2/catch.hpp>

namespace meshtwin {
namespace {

TEST_CASE("seeds are sixteen hexadecimal digits") {
  CHECK(seed_text(0x2a) == "000000000000002a");
  CHECK(parse_seed("000000000000002a") == 0x2a);
  CHECK(parse_seed(seed_text(UINT64_MAX)) == UINT64_MAX);
  for (const char* wrong : {"", "2a", "000000000000002g", "0000000000000002a", "-00000000000002a"}) {
    CHECK_FALSE(parse_seed(wrong));
  }
}

TEST_CASE("a report of a call tells its outcome and each attempt's") {
  const auto report = parse_call_report("outcome=timeout; attempts=3:5xx,0:cancelled,12:none");
  REQUIRE(report);
  CHECK(report->outcome == FailureKind::timeout);
  REQUIRE(report->attempts_made == 3);
  CHECK(report->attempts[0].endpoint == 3);
  CHECK(report->attempts[0].failure == FailureKind::error_5xx);
  CHECK(report->attempts[1].failure == FailureKind::cancelled);
  CHECK(report->attempts[2].endpoint == 12);
  CHECK(report->held_to_ns == 0);
  const auto held = parse_call_report("outcome=none; attempts=0:none; held=1000-2500");
  REQUIRE(held);
  CHECK(held->attempts_made == 1);
  CHECK(held->held_from_ns == 1000);
  CHECK(held->held_to_ns == 2500);
  const auto rejected = parse_call_report("outcome=rejected_limit; attempts=");
  REQUIRE(rejected);
  CHECK(rejected->attempts_made == 0);
}

TEST_CASE("a report in another form is none") {
  for (const char* wrong :
       {"", "outcome=none", "outcome=fine; attempts=", "outcome=none; tries=", "outcome=none; attempts=1",
        "outcome=none; attempts=1:none; held=", "outcome=none; attempts=1:none; held=1-",
        "outcome=none; attempts=1:none; for=1-2", "outcome=none; attempts=a:none", "outcome=none; attempts=1:fine", "outcome=none; attempts=1:none,",
        "outcome=none; attempts=1:none,1:none,1:none,1:none,1:none,1:none,1:none,1:none,1:none"}) {
    INFO(wrong);
    CHECK_FALSE(parse_call_report(wrong));
  }
}

}  // namespace
}  // namespace meshtwin
