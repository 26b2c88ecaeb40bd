#include "real/testbed/shadow_counts.h"

#include <catch2/catch.hpp>

namespace meshtwin {
namespace {

TEST_CASE("what a shadow would have done is read off the metrics of all upstreams") {
  const ShadowCounters counts = parse_shadow_counts(
      "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n"
      "# HELP shadow_total What was asked\n"
      "# TYPE shadow_total counter\n"
      "shadow_total{upstream=\"a\",decision=\"picks\"} 120\n"
      "shadow_total{upstream=\"b\",decision=\"picks\"} 3\n"
      "shadow_total{upstream=\"a\",decision=\"picks_differing\"} 40\n"
      "shadow_totals{upstream=\"a\",decision=\"picks\"} 1000\n"
      "upstream_call_total{upstream=\"picks\"} 7\n"
      "shadow_total{upstream=\"a\",decision=\"ejections\"} 2");
  CHECK(counts[ShadowCounters::picks] == 123);
  CHECK(counts[ShadowCounters::picks_differing] == 40);
  CHECK(counts[ShadowCounters::ejections] == 2);
  CHECK(counts[ShadowCounters::attempts] == 0);
  CHECK(parse_shadow_counts("").counts == ShadowCounters{}.counts);
  CHECK(parse_shadow_counts("shadow_total{").counts == ShadowCounters{}.counts);
}

}  // namespace
}  // namespace meshtwin
