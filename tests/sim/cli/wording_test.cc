#include "sim/cli/wording.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace meshtwin;

TEST_CASE("counts have thousands separators") {
  CHECK(with_separators(0) == "0");
  CHECK(with_separators(999) == "999");
  CHECK(with_separators(1000) == "1,000");
  CHECK(with_separators(1234567) == "1,234,567");
}

TEST_CASE("latencies have three digits and a fitting unit") {
  CHECK(as_latency(0) == "0 ms");
  CHECK(as_latency(0.00085) == "0.85 us");
  CHECK(as_latency(0.85) == "850 us");
  CHECK(as_latency(0.9996) == "1.00 ms");
  CHECK(as_latency(12.34) == "12.3 ms");
  CHECK(as_latency(999.4) == "999 ms");
  CHECK(as_latency(999.6) == "1.00 s");
  CHECK(as_latency(-51.3) == "-51.3 ms");
}

TEST_CASE("ranges name a unit once where both ends have it") {
  CHECK(as_range(2, 5) == "2 to 5 ms");
  CHECK(as_range(0.5, 1) == "500 us to 1 ms");
  CHECK(as_range(500, 1000) == "500 ms to 1 s");
  CHECK(as_range(1500, 2000) == "1.5 to 2 s");
}

TEST_CASE("a share is never rounded to all or nothing") {
  CHECK(as_percent(1) == "100.0 %");
  CHECK(as_percent(0) == "0.0 %");
  CHECK(as_percent(0.99996) == "99.996 %");
  CHECK(as_percent(0.00004) == "0.004 %");
  CHECK(as_percent(0.5) == "50.0 %");
}

TEST_CASE("a margin is half of an interval, and nothing where there is none") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(as_margin({10, 12}) == "±1.00 ms");
  CHECK(as_margin({-kInfinity, kInfinity}).empty());
}

TEST_CASE("text is wrapped at words, and a percent sign stays with its number") {
  CHECK(wrapped("one two three", "  ", 9) == "  one two\n  three\n");
  CHECK(wrapped("a verylongword b", "", 5) == "a\nverylongword\nb\n");
  CHECK(wrapped("lower (-45.0 %) now", "", 12) == "lower\n(-45.0 %)\nnow\n");
  CHECK(wrapped("±1 ±2", "", 5) == "±1 ±2\n");
  CHECK(wrapped("", "  ", 9) == "  \n");
}
