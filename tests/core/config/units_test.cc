#include "core/config/units.h"

#include <catch2/catch.hpp>

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

std::string error_of(std::string_view text) {
  const Result<Duration> duration = parse_duration(text);
  return duration ? "no error" : duration.error().message;
}

constexpr const char* kUnits = "ns, us, ms, s, m or h";

}  // namespace

TEST_CASE("durations are read exactly") {
  CHECK(parse_duration("250us").value() == 250us);
  CHECK(parse_duration("1.5ms").value() == 1500us);
  CHECK(parse_duration("0.1s").value() == 100ms);
  CHECK(parse_duration("2m").value() == 120s);
  CHECK(parse_duration("1.25h").value() == 75min);
  CHECK(parse_duration("7ns").value() == 7ns);
  CHECK(parse_duration("0s").value() == 0s);
  CHECK(parse_duration("1.000000000000000000ns").value() == 1ns);
  CHECK(parse_duration("876000h").value() == kLongestDuration);
}

TEST_CASE("durations that are none say what is right") {
  CHECK(error_of("10") ==
        std::string("\"10\" isn't a duration; add a unit (") + kUnits + "), such as \"10ms\"");
  CHECK(error_of("10msec") ==
        std::string("\"10msec\" isn't a duration; the unit is one of ") + kUnits + ", such as \"10ms\"");
  CHECK(error_of("ms") ==
        std::string("\"ms\" isn't a duration; give a number and a unit (") + kUnits + "), such as \"10ms\"");
  CHECK(error_of("") ==
        std::string("\"\" isn't a duration; give a number and a unit (") + kUnits + "), such as \"10ms\"");
  CHECK(error_of("-5ms") == "\"-5ms\" is negative; give a duration of 0 or more, such as \"10ms\"");
  CHECK(error_of("1.5ns") == "\"1.5ns\" is finer than a nanosecond");
  CHECK(error_of("1.ms") == "\"1.ms\" isn't a duration; write it such as \"10ms\"");
  CHECK(error_of("876001h") == "\"876001h\" is too large; give a duration of at most 876000h");
  CHECK(error_of("99999999999999999999h") == "\"99999999999999999999h\" is too large");
  CHECK(error_of("1e3ms").find("isn't a duration") != std::string::npos);
}

TEST_CASE("each duration has one normal form, which reads back") {
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(25ms) == "25ms");
  CHECK(format_duration(1000ms) == "1s");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(60min) == "1h");
  CHECK(format_duration(1500us) == "1500us");
  for (std::int64_t n = 1; n < 4'000'000'000'000'000; n = n * 7 + 13) {
    CHECK(parse_duration(format_duration(Duration(n))).value() == Duration(n));
  }
}

TEST_CASE("sizes and bit rates know their units") {
  CHECK(parse_bytes("1kB").value() == 1000);
  CHECK(parse_bytes("1KiB").value() == 1024);
  CHECK(parse_bytes("1.5KiB").value() == 1536);
  CHECK(parse_bytes("10MB").value() == 10'000'000);
  CHECK(parse_bytes("10mb").error().message ==
        "\"10mb\" isn't a size; the unit is one of B, kB, MB, GB, KiB, MiB or GiB, such as \"1kB\"");
  CHECK(parse_bytes("0.5B").error().message == "\"0.5B\" is finer than a byte");
  CHECK(parse_bit_rate("10Gbps").value() == 1e10);
  CHECK(parse_bit_rate("2.5Mbps").value() == 2.5e6);
  CHECK(parse_bit_rate("10Gb").error().message ==
        "\"10Gb\" isn't a bit rate; the unit is one of bps, kbps, Mbps, Gbps or Tbps, such as \"10Gbps\"");
}
